"""Pages over the network: politely (robots.txt, rate limit, validators), safely (public IP addresses alone), within
budgets.
"""
