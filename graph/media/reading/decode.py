"""Streams the samples of a file as they are stored: float64 chunks `(channels, n)`, integers divided by 2^(bits-1)."""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...streams.paths import PathLike
from ..errors import MediaError
from ..formats import ffmpeg_name
from ..speaker_layouts import VORBIS_PLACES
from .probe import Probe

Block = NDArray[np.float64]

#: Frames read from a PCM file at a time. Fixed, so that resampling does not depend on the size of the blocks asked for.
CHUNK = 16_384
#: A compressed stream may end up to two packets early by its own rounding of times; more is a truncated file.
SLACK = 2048

#: PyAV (18.1) reads past the end of FFmpeg's table of 8 planes and crashes: frames that fill it are interleaved first.
_PYAV_PLANES = 8

_SCALES = {np.dtype(np.int16): 2.0**-15, np.dtype(np.int32): 2.0**-31, np.dtype(np.int64): 2.0**-63}


def decoded(path: PathLike, probe: Probe) -> Iterator[Block]:
    """Yield the file's audio at its own rate, exactly `probe.frames` frames of it where that is known.

    Raises MediaError when the file is damaged, ends early, holds no audio after all, or has NaN or infinity in it.
    """
    rate = probe.format.sample_rate
    chunks = _soundfile_chunks(path, probe) if probe.by_soundfile else _av_chunks(path, probe)
    done = 0
    for chunk in _cut(path, probe, chunks):
        if not np.isfinite(chunk).all():
            bad = int(np.flatnonzero(~np.isfinite(chunk).all(axis=0))[0])
            kind = "NaN" if np.isnan(chunk[:, bad]).any() else "an infinite sample"
            raise MediaError(path, f"{kind} at {(done + bad) / rate:.6f} s; export it again without invalid samples")
        done += chunk.shape[1]
        yield chunk
    if done == 0:
        raise MediaError(path, "it holds no audio: its length is zero")


def _cut(path: PathLike, probe: Probe, chunks: Iterator[Block]) -> Iterator[Block]:
    """Drop the decoder's delay and padding; make sure that all the frames promised are there."""
    skip, left = probe.skip, probe.frames
    for chunk in chunks:
        start = min(skip, chunk.shape[1])
        skip -= start
        stop = chunk.shape[1] if left is None else min(chunk.shape[1], start + left)
        if left is not None:
            left -= stop - start
        if stop > start:
            yield chunk[:, start:stop]
        if left == 0:
            return
    if not left or probe.frames is None:
        return
    # A lossy stream may count its last frames wrong and still be whole; a lossless one may not.
    if left > (0 if probe.by_soundfile and probe.format.lossless else SLACK) or left == probe.frames:
        here = probe.frames - left
        raise MediaError(
            path,
            f"truncated or damaged: it promises {probe.frames} frames but {here} can be read; get a whole copy of it",
        )
    yield np.zeros((probe.format.channels, left))


def _soundfile_chunks(path: PathLike, probe: Probe) -> Iterator[Block]:
    import soundfile  # loaded by what reads with it

    dtype = "float64" if probe.format.sample_type == "float" else "int32"
    scale = 1.0 if dtype == "float64" else 2.0**-31
    places = VORBIS_PLACES.get(probe.format.channels) if probe.format.codec == "vorbis" else None
    try:
        with soundfile.SoundFile(path) as file:
            while len(data := file.read(CHUNK, dtype=dtype, always_2d=True)):
                chunk = np.multiply(data.T, scale, dtype=np.float64, order="C")
                yield chunk if places is None else chunk[list(places)]
    except soundfile.SoundFileError as error:
        detail = str(error).partition(":")[2].strip() or "its data cannot be decoded"
        raise MediaError(path, f"damaged: {detail}; get a whole copy of the file") from None


def _av_chunks(path: PathLike, probe: Probe) -> Iterator[Block]:
    import av  # it takes long to load, and PCM needs none of it
    import av.error

    channels, rate = probe.format.channels, probe.format.sample_rate
    at, to_samples = 0, _Samples()
    try:
        with av.open(ffmpeg_name(path)) as container:
            stream = container.streams.audio[0]
            for packet in container.demux(stream):
                if packet.is_corrupt:
                    raise MediaError(path, f"damaged at {at / rate:.3f} s; get a whole copy of the file")
                for frame in packet.decode():
                    chunk = to_samples(frame)
                    if chunk.shape[0] != channels or frame.sample_rate != rate:
                        raise MediaError(path, f"channels or sample rate change at {at / rate:.3f} s; split it there")
                    at += chunk.shape[1]
                    yield chunk
    except av.error.FFmpegError:
        raise MediaError(path, f"damaged or truncated at {at / rate:.3f} s; get a whole copy of the file") from None


class _Samples:
    """Turns decoded frames into float64 `(channels, n)`; integers are scaled exactly."""

    def __init__(self) -> None:
        self._packer: Any = None

    def __call__(self, frame: Any) -> Block:
        planar, channels = frame.format.is_planar, frame.layout.nb_channels
        if planar and channels >= _PYAV_PLANES:
            if self._packer is None:
                import av

                self._packer = av.AudioResampler(frame.format.packed.name, frame.layout, frame.sample_rate)
            (frame,) = self._packer.resample(frame)
            planar = False
        data = frame.to_ndarray()
        if not planar:
            data = data.reshape(-1, channels).T
        if data.dtype == np.uint8:
            return np.ascontiguousarray((data.astype(np.float64) - 128.0) / 128.0)
        block: Block = np.multiply(data, _SCALES.get(data.dtype, 1.0), dtype=np.float64, order="C")
        return block
