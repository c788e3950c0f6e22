"""OSC: its bytes, patterns, addresses and sockets, and the server that moves a console by them."""
