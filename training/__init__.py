"""Making of the model that judges blocks. Imports ``cleaners``; nothing imports this."""
