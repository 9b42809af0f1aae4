"""The library of an output: one database of records with their versions, what was set aside, pages, URLs and search;
files are views of it. A batch is a transaction.
"""
