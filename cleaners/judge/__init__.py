"""What a block is likely to be: its features, the network that looks at all blocks of a page, and its reasons."""
