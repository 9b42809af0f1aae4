"""What commands tell people beside their data: how much of it, how far a run is, pages and rules in few words."""
