"""What a node promises, as checks: for the nodes of this package, and by ``check_node`` for those of one's own."""
