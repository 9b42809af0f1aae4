"""What sources on the web list: feeds, sitemaps, whole sites."""
