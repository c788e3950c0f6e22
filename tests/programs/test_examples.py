"""The example scripts do what they are an example of: streamed is the same as in one piece."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from masterchain.graph.chains.profile_chain import profile_chain
from masterchain.scripts.examples import stream as example_stream
from masterchain.scripts.examples import vst3 as example_vst3
from pedalboard.io import AudioFile
from songs import song, write
from vst3 import FOLDER, load

SECONDS = 2.03
NEEDS_ZAM = pytest.mark.skipif(not (FOLDER / "ZamCompX2.vst3").exists(), reason="needs Debian's zam-plugins")


@pytest.fixture
def mix(tmp_path: Path) -> Path:
    write(tmp_path / "mix.wav", song(SECONDS))
    return tmp_path / "mix.wav"


def in_one_piece(chain: Any, source: Path, target: Path) -> None:
    """Write what ``chain`` makes of all of ``source`` at once, as the example writes its blocks."""
    with AudioFile(str(source)) as file:
        audio, rate = file.read(file.frames), file.samplerate
    with AudioFile(str(target), "w", rate, audio.shape[0], bit_depth=24) as out:
        out.write(chain(audio, rate))


@pytest.mark.parametrize("block", [["--block", "1000"], []])
def test_a_file_in_blocks_is_the_file_in_one_piece(block: list[str], mix: Path, tmp_path: Path) -> None:
    out, expected = tmp_path / "out.wav", tmp_path / "wanted.wav"
    assert example_stream.main([str(mix), str(out), "--profile", "c", "--gain", "6", *block]) == 0
    in_one_piece(profile_chain("c", gain_db=6.0), mix, expected)
    assert out.read_bytes() == expected.read_bytes()
    assert soundfile.info(out).frames == soundfile.info(mix).frames
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mix.wav", "out.wav", "wanted.wav"]


def test_it_runs_as_a_module_of_the_package(mix: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.flac"
    command = [sys.executable, "-m", "masterchain.scripts.examples.stream", str(mix), str(out)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert told.startswith(f"{out}: {soundfile.info(mix).frames} frames, latency of ")
    assert soundfile.info(out).frames == soundfile.info(mix).frames


def test_devices_get_every_frame_and_the_tail() -> None:
    x = song(SECONDS).astype(np.float32)

    class Devices:
        """An AudioStream in which a track comes in, until somebody presses Ctrl-C."""

        sample_rate, num_input_channels, ignore_dropped_input = 48000.0, 2, False

        def __init__(self) -> None:
            self.at, self.played = 0, np.zeros((2, 0), np.float32)

        def read(self, frames: int) -> Any:
            if self.at >= x.shape[1]:
                raise KeyboardInterrupt
            self.at += frames
            return x[:, self.at - frames : self.at]

        def write(self, audio: Any, rate: float) -> None:
            assert audio.dtype == np.float32
            self.played = np.concatenate([self.played, audio], axis=1)

    devices = Devices()
    example_stream.stream_devices(profile_chain("i", live=True), devices, 480)
    assert np.array_equal(devices.played, profile_chain("i", live=True)(x, 48000.0, buffer_size=480))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["mix.wav"], "name the file to read and the file to write"),
        (["mix.wav", "out.wav", "--profile", "z"], "profile 'z': must be one of a..n"),
        (["mix.wav", "out.wav", "--gain", "900"], "gain_db = 900.0: must be -80..80 dB"),
        (["mix.wav", "out.wav", "--block", "0"], "--block 0: must be 1 or more"),
        (["no.wav", "out.wav"], "no.wav"),
        (["mix.wav", "out.xyz"], "xyz"),
    ],
)
def test_what_cannot_be_is_told_on_one_line_and_nothing_is_written(
    arguments: list[str], told: str, mix: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(mix.parent)
    with pytest.raises(SystemExit, match="2"):
        example_stream.main(arguments)
    assert told in capsys.readouterr().err.splitlines()[-1]
    assert [path.name for path in mix.parent.iterdir()] == ["mix.wav"]


@NEEDS_ZAM
@pytest.mark.parametrize(("name", "latency"), [("ZamCompX2", 0), ("ZaMaximX2", 480)])
def test_a_vst3_plays_in_the_chain_and_its_latency_is_made_up_for(
    name: str, latency: int, mix: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, expected = tmp_path / "out.wav", tmp_path / "wanted.wav"
    turned = {"ZamCompX2": ("threshold_db", -30.0), "ZaMaximX2": ("threshold_db", -12.0)}[name]
    setting = f"{turned[0]}={turned[1]}"
    arguments = [str(mix), str(out), "--plugin", str(FOLDER / f"{name}.vst3"), "--set", setting]
    assert example_vst3.main(arguments) == 0
    plugin = load(name)
    setattr(plugin, *turned)
    chain = example_vst3.hosting_chain(plugin)
    assert [member.name for member in chain.members()] == ["dynamic_eq", "stereo_imager", "hosted", "gain", "limiter"]
    in_one_piece(chain, mix, expected)
    assert out.read_bytes() == expected.read_bytes()
    assert f"hosted {latency}, " in capsys.readouterr().out
    without = profile_chain("i")(soundfile.read(mix, dtype="float32")[0].T, 48000.0)
    assert np.abs(soundfile.read(out, dtype="float32")[0].T - without).max() > 0.01, "the plugin is heard"


@NEEDS_ZAM
def test_a_parameter_that_the_plugin_has_not_is_told_with_those_that_it_has(
    mix: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin = str(FOLDER / "ZamCompX2.vst3")
    with pytest.raises(SystemExit, match="2"):
        example_vst3.main([str(mix), "out.wav", "--plugin", plugin, "--set", "threshold=-20"])
    last = capsys.readouterr().err.splitlines()[-1]
    assert "--set threshold=-20: must be NAME=VALUE" in last
    assert "threshold_db" in last
