"""Records in the formats other programs read: how records become rows, tables, lines and files, and where these go."""
