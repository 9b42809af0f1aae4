"""What keeps a record out of the store though its page was read, and where such records wait."""
