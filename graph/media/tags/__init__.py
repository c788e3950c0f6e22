"""What a file says about its music, read from one kind of tags and written as another."""
