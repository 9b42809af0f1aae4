"""Whose text a block is: how far its words, and those of the section it stands in, are those of the rest."""
