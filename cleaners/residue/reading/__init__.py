"""What a text says of its own making by machines, read from the concepts of its words: the same for all languages."""
