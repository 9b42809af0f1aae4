"""Manual decisions on blocks of single pages, in a file of their own."""
