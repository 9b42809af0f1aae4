"""What the markup of publishing platforms says of its elements: one file of data a platform."""
