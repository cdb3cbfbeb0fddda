"""Floor 1: one reader a publisher's file. Sources never import one another."""
