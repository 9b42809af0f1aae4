"""Fetches pages: politely (robots.txt, rate limit, validators), safely (public IP addresses only), within budgets."""
