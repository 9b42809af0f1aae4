"""Which language a text is in. `detection` and `shares` are the doors; tables and py3langid stand behind them."""
