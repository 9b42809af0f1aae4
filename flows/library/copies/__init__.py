"""Which records have the same story in nearly the same words, and which of them is the original."""
