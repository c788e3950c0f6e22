"""A source is looked at once and decoded once in a job, whatever is made of it; without room it only takes longer."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile
from masterchain.graph import Output, Preview, Settings, master, master_all, preview
from masterchain.graph.jobs.read import read_job
from masterchain.graph.jobs.run import run_job
from masterchain.graph.media.reading import source as reading
from masterchain.graph.media.reading import spooled
from masterchain.graph.media.reading.resample import ResampledSource
from masterchain.graph.storage.spool import Spool
from songs import RATE, song

SETTINGS = Settings(profile="a")


@pytest.fixture
def mix(tmp_path: Path) -> Path:
    soundfile.write(str(tmp_path / "mix.flac"), song(6.0).T, RATE, "PCM_24")
    return tmp_path / "mix.flac"


@pytest.fixture
def counted(mix: Path, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often ``mix`` is probed, decoded and fingerprinted."""
    count: Counter[str] = Counter()

    def counting(name: str) -> Callable[..., Any]:
        real = getattr(reading, name)

        def counting(path: Any, *others: Any) -> Any:
            count[name] += os.fspath(path) == os.fspath(mix)
            return real(path, *others)

        return counting

    for name in ("probe", "decoded", "fingerprint"):
        monkeypatch.setattr(reading, name, counting(name))
    return count


def as_one(mix: Path) -> None:
    master(mix, mix.with_name("out.wav"), SETTINGS)


def as_several(mix: Path) -> None:
    outputs = [Output(mix.with_name("a.wav"), "wav"), Output(mix.with_name("b.m4a"), "mp4")]
    master_all(mix, [*outputs, Output.named(mix.with_name("c.opus"), reading.FileSource(mix).format)], SETTINGS)


def as_previews(mix: Path) -> None:
    preview(mix, [Preview(mix.with_name(f"{kind}.x"), SETTINGS, kind) for kind in ("wav", "ogg")], matched=True)


def as_document(mix: Path) -> None:
    document = {
        "inputs": [{"source": f"file://{mix}"}],
        "outputs": [{"destination": f"file://{mix.with_name('out.wav')}", "kind": "wav"}],
    }
    run_job(read_job(json.dumps(document), local=True), lambda stage, share: None, lambda: False, lambda lines: None)


@pytest.mark.parametrize(
    ("job", "probes"),
    [(as_one, 1), (as_several, 2), (as_previews, 1), (as_document, 1)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_source_is_probed_and_decoded_once(
    job: Callable[[Path], None], probes: int, mix: Path, counted: Counter[str]
) -> None:
    job(mix)  # as_several asks for the format itself
    assert (counted["probe"], counted["decoded"], counted["fingerprint"]) == (probes, 1, 0)


def test_without_room_the_source_is_decoded_again_and_the_sound_is_the_same(
    mix: Path, counted: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_one(mix)
    expected = mix.with_name("out.wav").read_bytes()
    counted.clear()
    monkeypatch.setattr(spooled, "Spool", lambda channels, most_bytes: Spool(channels, 0))
    as_one(mix)
    assert counted["decoded"] == 2
    assert mix.with_name("out.wav").read_bytes() == expected


def test_another_rate_from_the_spool_has_the_bits_of_the_file_at_that_rate(mix: Path) -> None:
    file = reading.FileSource(mix)
    track = spooled.SpooledSource(file)
    whole = list(track.blocks(5000))
    assert sum(block.shape[1] for block in whole) == file.frames
    for rate in (48000, 22050):
        expected, resampled = reading.FileSource(mix, rate), ResampledSource(track, rate)
        assert resampled.frames == expected.frames == file.at(rate).frames
        pairs = zip(expected.blocks(4096), resampled.blocks(4096), strict=True)
        assert all((a == b).all() for a, b in pairs)
    track.forget()
