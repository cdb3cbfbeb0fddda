"""Side by side with what a user would pick instead: one run, equal answers, never a timed test."""
