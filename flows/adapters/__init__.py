"""Steps for programs of others: Scrapy, datatrove. Each module imports its library, and is imported by it alone."""
