"""What a page's markup declares: its head, JSON-LD, microdata, hinted elements, data in scripts."""
