"""What the blocks of a page admit of its making, and what the page leaves of it: rules of residue and
provenance ask here.
"""
