"""Fetches one page over HTTP: robots.txt, rate limit, redirects, retries."""
