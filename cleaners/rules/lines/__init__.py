"""What shapes of lines tell, with and without tags: headlines, teasers, bylines, names, rows of tables."""
