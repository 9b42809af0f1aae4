"""The steps, in the order that ``down_revision`` tells. Files of every version are about: none is taken out."""
