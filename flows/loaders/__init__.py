"""Articles as the documents of frameworks for retrieval: a module a framework, which needs that framework."""
