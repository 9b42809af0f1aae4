"""What a site says to whoever asks it (robots.txt, TDMRep, terms): each file asked for once a day, then read."""
