"""Where points lie: the zones of the result, read for one point or for a file of them."""
