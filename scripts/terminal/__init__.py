"""The live screen in the terminal, and the plain lines where there is none."""
