"""What drawings share: colours and patterns, shapes made light, escaped text, files of others."""
