"""One page over HTTP: robots.txt, rate limit, retries, and its outcome."""
