"""What the media tests share: a signal, writing and reading it, and FFmpeg's command line as an independent judge."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from masterchain.graph.media import FileSink, FileSource, Format, output_format
from numpy.typing import NDArray

Audio = NDArray[np.float64]

RATE = 48_000
#: Not a multiple of any codec's packet, nor of the block size below.
FRAMES = 60_007
BLOCK = 4096

STUDIO = Format("wav", "pcm", RATE, 2, 24, "int", None, "stereo")
LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}

LOSSLESS = ("wav", "rf64", "aiff", "aifc", "flac", "alac")
MP4 = ("m4a", "m4b", "mp4", "mov", "3gp")
LOSSY = (*MP4, "aac", "mp3", "ogg", "opus")


def music(channels: int = 2, frames: int = FRAMES, seed: int = 1) -> Audio:
    """Noise that falls with frequency, as music does, and a tone of its own in each channel; peaks below full scale."""
    rng = np.random.default_rng(seed)
    white = np.fft.rfft(rng.standard_normal((channels, frames)), axis=1)
    pink = np.fft.irfft(white / np.sqrt(1 + np.arange(white.shape[1]) / frames * 500), frames, axis=1)
    tones = [np.sin(2 * np.pi * (50 + 17 * channel) * np.arange(frames) / RATE) for channel in range(channels)]
    mix = pink / np.abs(pink).max() + np.array(tones)
    return np.asarray(0.6 * mix / np.abs(mix).max())


def grid(audio: Audio, bits: int) -> Audio:
    """The same audio on the grid of `bits`-bit integers, with both ends of the range in it."""
    scale = 2.0 ** (bits - 1)
    snapped = np.rint(audio * scale) / scale
    snapped[:, 0], snapped[:, 1] = -1.0, 1.0 - 1.0 / scale
    return np.asarray(snapped)


def file_for(folder: Path, name: str) -> Path:
    """A path whose extension goes with the format called `name`."""
    return folder / f"{name}.{'m4a' if name == 'alac' else name}"


def make(folder: Path, name: str, audio: Audio, source: Format = STUDIO, told: bool = True, **wishes: int) -> Path:
    """Write `audio` in the format called `name`, as a master of `source` would be."""
    path = file_for(folder, name)
    source = replace(source, channels=len(audio), layout=LAYOUTS[len(audio)])
    save(path, output_format(source, path, name, **wishes), audio, told)
    return path


def save(path: Path, format: Format, audio: Audio, told: bool = True) -> FileSink:
    with FileSink(path, format, frames_expected=audio.shape[1] if told else None) as sink:
        for start in range(0, audio.shape[1], BLOCK):
            sink.write(audio[:, start : start + BLOCK])
    return sink


def read(path: Path, block: int = BLOCK, sample_rate: int | None = None) -> Audio:
    return np.concatenate(list(FileSource(path, sample_rate).blocks(block)), axis=1)


def ffmpeg(*arguments: object) -> bytes:
    """Run the ffmpeg command; it not being there, or complaining, fails the test."""
    assert shutil.which("ffmpeg"), "the media tests need the ffmpeg command: apt-get install ffmpeg"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True).stdout


def ffmpeg_decode(path: Path, channels: int) -> Audio:
    raw = ffmpeg("-i", path, "-map", "0:a:0", "-f", "f64le", "-")
    return np.frombuffer(raw, "<f8").reshape(-1, channels).T


def ffprobe(path: Path) -> dict[str, Any]:
    """The first audio stream as the ffprobe command sees it, with the container under "format"."""
    command = ["ffprobe", "-v", "error", "-select_streams", "a:0", "-show_streams", "-show_format", "-of", "json"]
    answer = json.loads(subprocess.run([*command, str(path)], check=True, capture_output=True).stdout)
    return {**answer["streams"][0], "format": answer["format"]}


def lag(reference: Audio, audio: Audio) -> int:
    """By how many frames `audio` is late, by cross-correlation of the first channels."""
    n = min(reference.shape[1], audio.shape[1])
    spectrum = np.fft.rfft(reference[0, :n], 2 * n).conj() * np.fft.rfft(audio[0, :n], 2 * n)
    best = int(np.argmax(np.fft.irfft(spectrum)))
    return best if best < n else best - 2 * n


def raw_riff(name: str, fmt: bytes, data: bytes, promised: int | None = None) -> bytes:
    """A WAV file of three chunks, whose data chunk may promise another size than it has."""
    size = len(data) if promised is None else promised
    body = b"WAVEfmt " + len(fmt).to_bytes(4, "little") + fmt + b"data" + size.to_bytes(4, "little") + data
    return name.encode() + (len(body)).to_bytes(4, "little") + body
