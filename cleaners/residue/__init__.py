"""What machines leave in a text, read by its words: notes on AI, chatbots' lines, prompts."""
