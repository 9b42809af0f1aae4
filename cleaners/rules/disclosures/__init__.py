"""What the blocks of a page disclose of its making, as far as their place on the page supports it; read by the
rules of residue and by provenance.
"""
