"""Which part of a page kept blocks are: questions and answers, entries of a live blog, boxes beside the text."""
