"""Floor 1: official files opened safely, whoever made them and whatever happened to them."""
