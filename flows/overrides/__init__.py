"""What persons decided of blocks of single pages, in a file of their own."""
