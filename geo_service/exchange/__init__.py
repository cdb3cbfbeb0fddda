"""What the store and the output formats share: typed cells, Table Schema, credit, atomic files."""
