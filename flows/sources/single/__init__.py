"""Files that hold pages one after the other: JSON Lines, Parquet, saved pages and messages."""
