"""What a path may be."""

import os

PathLike = str | os.PathLike[str]
