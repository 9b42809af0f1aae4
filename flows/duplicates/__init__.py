"""Which records of a store have the same story in nearly the same words, and which of them is the original."""
