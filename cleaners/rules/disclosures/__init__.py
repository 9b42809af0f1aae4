"""Disclosures: AI notes, chatbot lines and prompts in the blocks of a page, as far as their context supports them.

The rules of residue remove them; provenance makes claims of them.
"""
