"""Floor 0: the vocabulary. No input or output, no web."""
