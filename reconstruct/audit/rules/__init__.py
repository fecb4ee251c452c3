"""One module a rule; `reconstruct.audit.registry` lists them."""
