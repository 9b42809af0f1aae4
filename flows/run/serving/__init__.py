"""What `copydesk serve` serves: a deployment for each list with a schedule of its own, and what falls due meanwhile."""
