"""Texts as numbers: pieces of words, their vectors, and small nets over them. No language is known by name."""
