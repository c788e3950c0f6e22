"""Which audio a file holds, told by the bytes it is stored in: cheap, exact, the same whatever its tags say."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from ...streams.paths import PathLike
from ..formats import ffmpeg_name

_CHUNK = 1 << 20


def fingerprint(path: PathLike, poll: Callable[[], None] = lambda: None) -> str:
    """Return 32 hexadecimal digits, BLAKE2b over the packets of the first audio stream as they are stored.

    Not over samples, which would cost a decoding and hang on the decoder's version; not over the file, whose tags may
    be edited.  So the same sound in another container or codec is other audio.  `poll` is called between reads.
    """
    import av  # it takes long to load, and plain masters need none of it
    import av.error

    digest = hashlib.blake2b(digest_size=16)
    try:
        with av.open(ffmpeg_name(path)) as container:
            packet: Any
            for packet in container.demux(container.streams.audio[0]):
                poll()
                digest.update(packet)
    except (av.error.FFmpegError, IndexError):
        # Some PCM that libsndfile reads and FFmpeg does not: here the whole file has to do.
        digest = hashlib.blake2b(digest_size=16)
        with open(path, "rb") as file:
            while data := file.read(_CHUNK):
                poll()
                digest.update(data)
    return digest.hexdigest()
