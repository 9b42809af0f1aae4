"""What a page says of its own origin: declared in markup or disclosed in its text, never guessed from style."""
