"""Words as data, and how phrases are looked up: each language's words, bylines, vendors of AI, news agencies."""
