"""The commands of `masterchain`, one a file; `main` is the program."""

from .app import main

__all__ = ["main"]
