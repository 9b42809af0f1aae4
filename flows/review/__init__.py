"""What was written, on one page for people: counts, a list of records, and each page as it was cut."""
