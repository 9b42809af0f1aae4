"""The stored records on one HTML page: counts, a list, and the kept text and removals of each page."""
