"""Which language a text is in. `detection` and `shares` are the doors; models and tables stand behind them."""
