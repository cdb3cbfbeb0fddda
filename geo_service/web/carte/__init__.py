"""What the map page asks for: light shapes, columns of values, classes of an indicator."""
