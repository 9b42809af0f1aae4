"""The records of a store, chosen and written in a format: once, or kept up to date from run to run."""
