"""Lists the pages of sources on the web: feeds, sitemaps, whole sites."""
