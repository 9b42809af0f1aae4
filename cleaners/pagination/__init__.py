"""Where an article goes on: which links of a page lead to its next page, and which to all of it on a single one."""
