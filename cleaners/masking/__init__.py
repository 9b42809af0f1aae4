"""E-mail addresses and telephone numbers of a record, each replaced by a mark that readers see."""
