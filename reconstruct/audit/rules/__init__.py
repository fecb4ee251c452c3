"""One module per rule, found by its location here; its name is the rule's ID and a word, `sec001_env`."""
