"""What recurs on the pages of a site: known by counting, and moved out of the texts of records."""
