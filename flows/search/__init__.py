"""Full-text search over stores: ``copydesk search``, and the tool of that name for agents."""
