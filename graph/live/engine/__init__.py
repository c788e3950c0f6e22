"""The engine: chains in a process of their own, and the memory that it shares with the session."""
