"""The one exception that media in and out raises: a sentence for a person, on one line."""

from ...nodes.errors import MasterchainError


class MediaError(MasterchainError):
    """A file that cannot be read or written as asked.

    The message is always one line: which file, what is wrong with it, and what would be right.
    """

    def __init__(self, where: object, what: str) -> None:
        """Join `where` (a path or the name of a format) and `what` into one line, whatever a library put in them."""
        super().__init__(" ".join(f"{where}: {what}".split()))
