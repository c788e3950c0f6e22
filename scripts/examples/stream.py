"""Example: stream through our chain what pedalboard reads and writes, from file to file or from device to device.

    python -m masterchain.scripts.examples.stream in.wav out.wav --profile i --gain 4
    python -m masterchain.scripts.examples.stream --devices

Copy it, and put into ``Chain([...])`` what you like: our nodes, pedalboard's plugins, VST3s (see ``vst3`` beside it).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from pedalboard.io import AudioFile, AudioStream

from ...graph import Chain
from ...graph.chains.profile_chain import profile_chain
from ...nodes import ParamError
from ...presets import PresetError

FILE_FRAMES, DEVICE_FRAMES = 8192, 512
"""Any other number of frames gives the same bits; fewer give a shorter way from input to output."""


def stream_file(chain: Chain, source: Path, target: Path, frames: int = FILE_FRAMES) -> int:
    """Write ``source`` through ``chain`` into ``target``, ``frames`` at a time; return how many frames it has.

    Memory does not grow with the length.  The file appears when it is whole.  Raises ``ValueError`` and ``OSError``.
    """
    part = target.with_name(f"{target.stem}.part{target.suffix}")
    try:
        with AudioFile(str(source)) as file:
            rate, channels = file.samplerate, file.num_channels
            with AudioFile(str(part), "w", rate, channels, bit_depth=24) as out:
                while file.tell() < file.frames:
                    # reset=False: what the chain remembers goes on from block to block.
                    out.write(chain.process(file.read(frames), rate, reset=False))
                # The look-ahead still holds the end back; without this the file would be too short.
                out.write(chain.flush().astype(np.float32))
            length = int(file.frames)
        part.replace(target)
        return length
    finally:
        part.unlink(missing_ok=True)


def stream_devices(chain: Chain, devices: Any, frames: int = DEVICE_FRAMES) -> None:
    """Play what comes in at ``devices``, an open ``AudioStream``, through ``chain`` until Ctrl-C."""
    rate = devices.sample_rate
    # Compiled kernels are loaded by the first block: that must not be one that somebody waits for.
    chain.process(np.zeros((devices.num_input_channels, frames), np.float32), rate, buffer_size=frames, reset=True)
    devices.ignore_dropped_input = True
    try:
        while True:
            devices.write(chain.process(devices.read(frames), rate, reset=False), rate)
    except KeyboardInterrupt:
        devices.write(chain.flush().astype(np.float32), rate)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    told = "Stream a file, or what comes in at the sound card, through a chain."
    parser = argparse.ArgumentParser(prog="example_stream", description=told)
    parser.add_argument("source", nargs="?", type=Path, help="what pedalboard reads")
    parser.add_argument("target", nargs="?", type=Path, help="what it writes: .wav, .flac, .aiff, .mp3, .ogg")
    parser.add_argument("--profile", default="i", help="a..n, or the path of a .toml file; default i")
    parser.add_argument("--gain", type=float, default=0.0, metavar="DB", help="before the limiter")
    parser.add_argument("--block", type=int, metavar="FRAMES", help="frames at a time")
    parser.add_argument("--devices", action="store_true", help="from the input of the sound card to its output")
    options = parser.parse_args(arguments)
    if options.block is not None and options.block < 1:
        parser.error(f"--block {options.block}: must be 1 or more frames")
    try:
        chain = profile_chain(options.profile, gain_db=options.gain, live=options.devices)
        if options.devices:
            _play(chain, options.block or DEVICE_FRAMES)
        elif options.source is None or options.target is None:
            parser.error("name the file to read and the file to write, or say --devices")
        else:
            frames = stream_file(chain, options.source, options.target, options.block or FILE_FRAMES)
            print(f"{options.target}: {frames} frames, latency of {chain.latency} frames made up for")
    except (PresetError, ParamError, ValueError, OSError) as refused:
        parser.error(str(refused))
    return 0


def _play(chain: Chain, frames: int) -> None:
    """Open the default devices and play."""
    names = AudioStream.default_input_device_name, AudioStream.default_output_device_name
    if None in names:
        raise OSError("no sound card with input and output here; name two files instead")
    with AudioStream(*names, buffer_size=frames, num_input_channels=2, num_output_channels=2) as devices:
        stream_devices(chain, devices, frames)


if __name__ == "__main__":
    raise SystemExit(main())
