"""One module a rule, found by its place here: its name is the rule's ID and a word, `sec001_env`."""
