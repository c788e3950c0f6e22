"""Which message moves what: the map, its file, and how it learns."""
