"""OSCQuery: what the console offers, as JSON over HTTP, and how programs in the network find it."""
