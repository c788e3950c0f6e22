"""What blocks come from and go to, without any file: the protocols, arrays, reading ahead, progress."""
