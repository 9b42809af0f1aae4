"""The records of a library: which are of one page, their versions, and what a run writes of them."""
