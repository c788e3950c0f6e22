"""Example: your own VST3 inside a mastering chain, between equaliser and limiter.

python -m masterchain.scripts.examples.vst3 in.wav out.wav --plugin /usr/lib/vst3/ZamCompX2.vst3 --set threshold_db=-20
"""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import Any

from pedalboard import load_plugin
from pedalboard.io import AudioFile

from ...graph import Chain
from ...graph.chains.profile_chain import profile_chain
from ...nodes import Gain, ParamError, Spec
from ...nodes.hosted import Hosted
from ...presets import PresetError
from .stream import FILE_FRAMES, stream_file


def hosting_chain(plugin: Any, profile: str = "i", gain_db: float = 0.0) -> Chain:
    """Return the chain of ``profile`` with ``plugin`` in front of the gain: behind equaliser and imager."""
    chain = profile_chain(profile, gain_db=gain_db)
    place = next(i for i, node in enumerate(chain) if isinstance(node, Gain))
    chain.insert(place, Hosted(plugin))
    return chain


def latencies(chain: Chain, sample_rate: float, channels: int, frames: int = FILE_FRAMES) -> dict[str, int]:
    """Return the latency of each node of ``chain`` in frames, by name; a plugin's is measured."""
    chain.prepare(Spec(sample_rate, channels, frames))
    return {member.name: member.node.latency for member in chain.members()}


def turn(plugin: Any, setting: str) -> None:
    """Set a parameter of ``plugin`` as ``name=value`` says, or raise ``ValueError`` naming those that it has."""
    name, equals, text = setting.partition("=")
    known = plugin.parameters
    if not equals or name not in known:
        raise ValueError(f"--set {setting}: must be NAME=VALUE with a name of {', '.join(known)}")
    value: Any = {"true": True, "false": False}.get(text.lower(), text)
    with contextlib.suppress(ValueError):
        value = value if isinstance(value, bool) else float(text)
    try:
        setattr(plugin, name, value)
    except (TypeError, ValueError, AttributeError) as refused:
        raise ValueError(f"--set {setting}: {refused}") from None


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(prog="example_vst3", description="Master a file with a VST3 in the chain.")
    parser.add_argument("source", type=Path, help="what pedalboard reads")
    parser.add_argument("target", type=Path, help="what it writes: .wav, .flac, .aiff, .mp3, .ogg")
    parser.add_argument("--plugin", required=True, metavar="PATH", help="the .vst3")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the plugin")
    parser.add_argument("--profile", default="i", help="a..n, or the path of a .toml file; default i")
    parser.add_argument("--gain", type=float, default=0.0, metavar="DB", help="before the limiter")
    options = parser.parse_args(arguments)
    try:
        plugin: Any = load_plugin(options.plugin)
        for setting in options.set:
            turn(plugin, setting)
        chain = hosting_chain(plugin, options.profile, options.gain)
        with AudioFile(str(options.source)) as source:
            frames_by_node = latencies(chain, source.samplerate, source.num_channels)
        stream_file(chain, options.source, options.target)
    except (ImportError, PresetError, ParamError, ValueError, OSError) as refused:
        parser.error(str(refused))
    told = ", ".join(f"{name} {frames}" for name, frames in frames_by_node.items())
    print(f"{options.target}: latency of {chain.latency} frames made up for ({told})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
