"""Writes FLAC and Ogg Vorbis through libsndfile."""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import contextlib
import io
import struct
from functools import cache
from typing import Any, ClassVar

import numpy as np
import soundfile
from numpy.typing import NDArray

from ..errors import MediaError
from ..formats import Format
from ..speaker_layouts import VORBIS_PLACES
from .hidden_output import HiddenOutput
from .quantise import interleaved

#: A command of libsndfile (sndfile.h) that the soundfile package does not name.
_SET_VBR_QUALITY = 0x1300


#: libvorbis extrapolates from what it is first given: always the same number of frames, whatever the blocks are.
_STEP = 4096

#: Halvings of the range of qualities: 0.1 kb/s at 256 kb/s, less than a percent anywhere.
_QUALITY_STEPS = 11


class SndfileEncoder:
    """Writes blocks through libsndfile into an `HiddenOutput`."""

    delay: ClassVar[int] = 0

    def __init__(self, output: HiddenOutput, format: Format) -> None:
        """Open the encoder; raises MediaError when libsndfile refuses the format."""
        self._output, self._format = output, format
        self._held = np.empty((format.channels, 0))
        self._places = VORBIS_PLACES.get(format.channels) if format.codec == "vorbis" else None
        try:
            if format.codec == "vorbis":
                quality = _vorbis_quality(format)
                self._file = _open(output, format, quality)
            else:
                self._file = _open(output, format)
        except soundfile.SoundFileError as error:
            raise MediaError(output.destination, f"cannot write {format.codec} like this: {error}") from None

    def write(self, block: NDArray[np.float64]) -> int:
        """Append a block `(channels, n)`; returns how many samples were clipped."""
        if self._format.codec != "vorbis":
            return self._encode(block)
        self._held = np.concatenate([self._held, block], axis=1)
        ready = self._held.shape[1] // _STEP * _STEP
        for start in range(0, ready, _STEP):
            self._encode(self._held[:, start : start + _STEP])
        self._held = self._held[:, ready:].copy()
        return 0

    def _encode(self, block: NDArray[np.float64]) -> int:
        if self._places:
            ordered = np.empty_like(block)
            ordered[list(self._places)] = block
            block = ordered
        data, clipped = interleaved(block, self._format.bit_depth or 32, self._format.sample_type == "float")
        try:
            self._file.write(data)
        except (soundfile.SoundFileError, AssertionError) as error:
            self._output.check()
            raise MediaError(self._output.destination, f"the encoder failed: {error}") from None
        return clipped

    def close(self) -> None:
        """Write what is held back."""
        if self._held.shape[1]:
            self._encode(self._held)
        self._file.close()

    def abort(self) -> None:
        """Let go of the encoder, whatever state it is in."""
        with contextlib.suppress(Exception):
            self._file.close()


def _open(target: Any, format: Format, quality: float | None = None) -> Any:
    name, subtype = ("FLAC", f"PCM_{format.bit_depth}") if quality is None else ("OGG", "VORBIS")
    file = soundfile.SoundFile(
        target, "w", samplerate=format.sample_rate, channels=format.channels, format=name, subtype=subtype
    )
    if quality is not None:
        _command(file, _SET_VBR_QUALITY, quality)
    return file


def _command(file: Any, command: int, value: float) -> None:
    number = soundfile._ffi.new("double*", value)
    if soundfile._snd.sf_command(file._file, command, number, soundfile._ffi.sizeof("double")) != 1:
        raise soundfile.LibsndfileError(file._errorcode, prefix="Vorbis quality refused: ")


@cache
def _vorbis_quality(format: Format) -> float:
    """The quality (0 to 1) at which libvorbis aims at the wanted bit rate, found by asking it.

    The mapping depends on sample rate and channels; an encoder that has just started tells its aim in its first page.
    Above 50 kHz libvorbis tells none; the mapping of 48 kHz serves there, for what lies above 24 kHz takes few bits.
    """
    rate = min(format.sample_rate, 48_000)
    bit_rate = format.bit_rate or 0
    low, high = 0.0, 1.0
    for _ in range(_QUALITY_STEPS):
        middle = (low + high) / 2
        if _vorbis_aim(rate, format, middle) < bit_rate:
            low = middle
        else:
            high = middle
    return high


def _vorbis_aim(sample_rate: int, format: Format, quality: float) -> int:
    page = io.BytesIO()
    probe = Format("ogg", "vorbis", sample_rate, format.channels, None, "float")
    with _open(page, probe, quality) as file:
        file.write(np.zeros((1, format.channels)))
    # The identification header: "\x01vorbis", version, channels, rate, highest, nominal and lowest bit rate.
    start = page.getvalue().index(b"\x01vorbis")
    return int(struct.unpack_from("<i", page.getvalue(), start + 20)[0])
