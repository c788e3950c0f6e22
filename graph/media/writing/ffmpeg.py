"""Writes AAC, ALAC, MP3 and Opus through FFmpeg, so that what is decoded lines up with what was written."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from typing import Any, BinaryIO

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..formats import CONTAINERS, Format
from ..headers.mpeg import AAC_PACKET
from ..speaker_layouts import DEFAULTS
from .hidden_output import HiddenOutput
from .quantise import interleaved

_ENCODERS = {"aac": "aac", "alac": "alac", "mp3": "libmp3lame", "opus": "libopus"}
#: FFmpeg (8.1) puts the channels of 5.0 and 6.1 into the wrong places of an Opus stream; given in this order they
#: arrive where they belong. All other layouts are right.
_OPUS_INPUT = {5: (0, 1, 4, 2, 3), 7: (0, 1, 4, 3, 5, 2, 6)}
_AS_GOOD_AS_SILENT = 1e-3
#: From so many b/s a channel on AAC has the bits for the waveform itself. FFmpeg's encoder puts noise of its own in its
#: place at any rate: 2.5 dB more error at 256 kb/s, and in single attacks decoded peaks up to 3 dB higher.
_AAC_WAVEFORM = 64_000
_MP4_FAMILY = ("m4a", "m4b", "mp4", "mov", "3gp")


class AvEncoder:
    """Encodes blocks with FFmpeg into an `HiddenOutput`.

    MP3 and Opus files tell their delay and length, and players cut there. MP4 files tell them in an edit list, in
    units of frames; but FFmpeg's decoder plays the last packet to its end. Where the number of frames is known
    beforehand, the encoder is therefore given silence first, cut off by the edit list, so that the music ends where
    a packet ends. A packet of silence comes first in any AAC: the encoder's first packets are starved of bits, and
    audibly worse.

    ADTS has no way to tell. A packet decodes only together with the one before it; without that, its first 1024 frames
    are faded in and folded upon themselves. So where the music begins at once, the packet before it stays: `delay`
    frames of silence, which only players that know our note leave out. Where its first 1024 frames are as good as
    silent there is nothing to fold: that packet is left out, and the file is aligned in every player.
    """

    def __init__(self, output: HiddenOutput, format: Format, frames_expected: int | None) -> None:
        """Open the encoder; raises MediaError when FFmpeg refuses the format."""
        self._output, self._format = output, format
        self._sample_format = {16: "s16", 24: "s32"}.get(format.bit_depth or 0, "flt")
        self._layout = format.layout or DEFAULTS[format.channels]
        self._is_adts = format.container == "aac"
        self._order = _OPUS_INPUT.get(format.channels) if format.codec == "opus" else None
        self._position = 0
        #: Frames that a decoder puts out before the music and that only a tag can tell of.
        self.delay = 0
        try:
            muxer, encoder = CONTAINERS[format.container].muxer, _ENCODERS[format.codec]
            self._container: Any = av.open(output, "w", format=muxer, options=_options(format), io_open=self._again)
            stream: Any = self._container.add_stream(encoder, rate=format.sample_rate, layout=self._layout)
            self._stream = stream
            if format.bit_rate:
                stream.bit_rate = format.bit_rate
            if format.codec == "aac" and (format.bit_rate or 0) >= _AAC_WAVEFORM * format.channels:
                stream.codec_context.options = {"aac_pns": "0"}
            if format.codec == "alac":
                stream.codec_context.format = self._sample_format + "p"
            if format.codec == "aac":
                self._lead_in(frames_expected)
        except (av.error.FFmpegError, ValueError) as error:
            raise self._failed(error) from None

    def write(self, block: NDArray[np.float64]) -> int:
        """Append a block `(channels, n)`; returns how many samples were clipped (only ALAC stores integers)."""
        if self._is_adts and 0 <= self._position < AAC_PACKET and not self.delay:
            opening = block[:, : AAC_PACKET - self._position]
            self.delay = AAC_PACKET if np.abs(opening).max(initial=0.0) > _AS_GOOD_AS_SILENT else 0
        if self._order:
            block = block[list(self._order)]
        # Interleaved, because PyAV 18.1 mishandles 8 planes; FFmpeg deinterleaves it again, exactly.
        data, clipped = interleaved(block, self._format.bit_depth or 32, self._format.bit_depth is None)
        if not data.size:
            return 0
        try:
            packed: Any = data.reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(packed, format=self._sample_format, layout=self._layout)
            frame.sample_rate = self._format.sample_rate
            frame.time_base = Fraction(1, self._format.sample_rate)
            frame.pts = self._position
            self._position += len(data)
            self._mux(frame)
        except (av.error.FFmpegError, ValueError) as error:
            raise self._failed(error) from None
        return clipped

    def close(self) -> None:
        """Write what the encoder holds back, and the index."""
        try:
            if self._is_adts:
                # FFmpeg does not take fewer than three packets for an AAC file.
                self.write(np.zeros((self._format.channels, max(0, 3 * AAC_PACKET - self._position))))
            self._mux(None)
            self._container.close()
        except (av.error.FFmpegError, ValueError) as error:
            raise self._failed(error) from None

    def abort(self) -> None:
        """Let go of the encoder, whatever state it is in."""
        with contextlib.suppress(Exception):
            self._container.close()

    def _again(self, url: str, flags: int, options: dict[str, str]) -> BinaryIO:
        """Open what was written so far, for FFmpeg to read what it moves when the index goes to the front."""
        return open(self._output.path, "rb")

    def _lead_in(self, frames_expected: int | None) -> None:
        """Write silence that comes before frame 0."""
        silence = AAC_PACKET
        if self._format.container in _MP4_FAMILY and frames_expected is not None:
            # FFmpeg loses the music altogether when the edit starts less than half a packet before the end.
            silence = AAC_PACKET + -frames_expected % AAC_PACKET if frames_expected >= AAC_PACKET else 0
        self._position = -silence
        self.write(np.zeros((self._format.channels, silence)))

    def _mux(self, frame: Any) -> None:
        for packet in self._stream.encode(frame):
            # The packet of -1024 comes when all that it reaches into, the opening too, has been written.
            if packet.pts >= -self.delay or not self._is_adts:
                self._container.mux(packet)

    def _failed(self, error: Exception) -> MediaError:
        self._output.check()
        what = f"{self._format.codec}, {self._format.sample_rate} Hz, {self._layout}, {self._format.bit_rate} b/s"
        return MediaError(self._output.destination, f"FFmpeg cannot encode this ({what}): {error}")


def _options(format: Format) -> dict[str, str]:
    """Options of the muxer: the same audio shall make the same bytes, edit lists count in frames.

    In MP4 files the index stands at the front, so that a player on the web begins before it has all of the file.
    """
    options = {"fflags": "+bitexact"}
    if format.container in _MP4_FAMILY:
        options["movie_timescale"] = str(format.sample_rate)
        options["movflags"] = "+faststart"
    if format.container == "m4b":
        options["brand"] = "M4B "
    if format.container == "mp3":
        options["id3v2_version"] = "0"
    return options
