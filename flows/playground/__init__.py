"""``copydesk try``: a local page that shows what is kept of a page, and the rule that would keep or remove more."""
