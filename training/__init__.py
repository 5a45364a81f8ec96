"""Training of the built-in unCLIP; nothing in the product imports this room."""
