"""The records of a store, as commands read them."""
