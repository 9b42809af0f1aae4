"""What kind of page this is: an article, or which of the kinds that are none."""
