"""What is kept from run to run: the state database, pages as they came."""
