"""Whose text a block is: how far its words, and those of the section it is in, are those of the rest."""
