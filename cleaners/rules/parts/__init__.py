"""Rules for parts of a page: questions and answers, entries of a live blog, boxes beside the article."""
