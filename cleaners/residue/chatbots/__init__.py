"""The kinds of lines that only chatbots write around their answers, each read by its cues."""
