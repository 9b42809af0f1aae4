"""Pages over the network: politely (robots, pace, validators), safely (no address that is not public), within
budgets.
"""
