"""What a text says of its own making by machines, told by the concepts of its words: the same for all languages."""
