"""What is written as a date, to RFC 3339; and which dates a page can have."""
