"""``copydesk teach``: a rule of a user's own, proposed from text that is to be cut."""
