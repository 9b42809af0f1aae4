"""Pages through processes, in order, each page within its limits; called from Python as well."""
