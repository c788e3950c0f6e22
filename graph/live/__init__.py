"""The live engine: a chain against a sound system, in a process of its own."""
