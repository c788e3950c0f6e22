"""Metrics and findings: media_info is what ffprobe says, each fault is found where it is, and nowhere else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from masterchain.graph import (
    Analysis,
    ArraySource,
    FileSource,
    analyse,
    diagnose,
    figures,
    preview_result,
    rank_profiles,
)
from masterchain.nodes.bands import THIRD_OCTAVES_HZ
from masterchain.presets import load, names
from masterchain.scripts.cli.app import run
from masterchain.scripts.shell.outcome import Session
from media_fixtures import RATE, ffmpeg, ffprobe, music
from songs import song

SOUND_RATE = 44100
FRAMES = 2 * RATE + 7

PCM = {
    "16.wav": "-c:a pcm_s16le", "24.wav": "-c:a pcm_s24le", "32.wav": "-c:a pcm_s32le", "float.wav": "-c:a pcm_f32le",
    "16.aiff": "-c:a pcm_s16be", "24.aiff": "-c:a pcm_s24be", "44k.wav": "-c:a pcm_s16le -ar 44100",
    "mono.wav": "-c:a pcm_s16le -ac 1", "six.wav": "-c:a pcm_s24le -af pan=5.1|c0=c0|c1=c1|c2=c0|c3=c1|c4=c0|c5=c1",
}  # fmt: skip
CODED = {
    "16.flac": "-c:a flac -sample_fmt s16", "24.flac": "-c:a flac -sample_fmt s32", "alac.m4a": "-c:a alac",
    "alac16.m4a": "-c:a alac -sample_fmt s16p", "aac.m4a": "-c:a aac -b:a 160k", "aac.mp4": "-c:a aac -b:a 96k",
    "aac.3gp": "-c:a aac -b:a 128k", "aac.m4b": "-c:a aac -f ipod", "adts.aac": "-c:a aac -b:a 128k",
    "cbr.mp3": "-c:a libmp3lame -b:a 192k", "vbr.mp3": "-c:a libmp3lame -q:a 2", "vorbis.ogg": "-c:a libvorbis -q:a 5",
    "opus.opus": "-c:a libopus -b:a 96k", "opus.ogg": "-c:a libopus", "mono.mp3": "-c:a libmp3lame -ac 1",
}  # fmt: skip

PADDING_S = {"mp3": (1152 + 1105 + 1152) / RATE, "opus": 1 / 48 + 0.0025, "aac": 2 * 1024 / RATE}
"""What ffprobe counts as sound and is not: the delay and the padding of the codec, at most these seconds."""


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    soundfile.write(folder / "source.wav", music(frames=FRAMES).T, RATE, subtype="PCM_24")
    return folder


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="needs ffprobe: apt-get install ffmpeg")
@pytest.mark.parametrize("name", [*PCM, *CODED])
def test_media_info_of_files_that_others_wrote_is_what_ffprobe_says(media: Path, name: str) -> None:
    path = media / name
    ffmpeg("-i", media / "source.wav", *(PCM | CODED)[name].split(), path)
    seen, info = ffprobe(path), FileSource(path).info.to_dict()
    container, audio, whole = info["container"], info["audio"], seen["format"]
    assert container["kind"] in whole["format_name"].split(",")
    assert container["size"] == int(whole["size"])
    codec = seen["codec_name"]
    assert audio["codec"] == ("pcm" if codec.startswith("pcm") else codec)
    assert (audio["channels"], audio["sample_rate"]) == (seen["channels"], int(seen["sample_rate"]))
    bits = int(seen.get("bits_per_raw_sample", 0)) or int(seen["bits_per_sample"])
    assert audio.get("bit_depth") == (bits or None)
    assert audio.get("channel_order") == ("FL FR FC LFE BL BR" if seen["channels"] == 6 else None)
    # In milliseconds; beyond them only what a player leaves out, and where ffprobe guesses from a bit rate.
    exact = FRAMES / RATE
    assert container["duration"] == audio["duration"]
    slack = 0.0011 + PADDING_S.get(codec, 0.0) + (0.02 * exact if name.endswith(".aac") else 0.0)
    assert abs(container["duration"] - float(whole["duration"])) <= slack
    assert container["bitrate"] == pytest.approx(int(whole["bit_rate"]), rel=slack / exact)
    if "bit_rate" in seen:
        rel = 0.02 if name.endswith(".aac") else 0.0
        assert audio["bitrate"] == pytest.approx(int(seen["bit_rate"]), rel=rel, abs=0 if rel else 1)
    else:
        assert audio["bitrate"] == container["bitrate"]


def test_the_metrics_are_the_ones_of_the_api(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, song(6.0).T, SOUND_RATE, subtype="PCM_16")
    analysis = analyse(path)
    metrics = preview_result(analysis)
    report = analysis.report
    assert list(metrics) == ["media_info", "audio", "initial_level"]
    assert metrics["media_info"]["audio"] == {
        "codec": "pcm", "channels": 2, "sample_rate": 44100, "duration": 6.0, "bitrate": 1411200, "bit_depth": 16,
    }  # fmt: skip
    loudness = metrics["audio"]["loudness"]
    assert loudness["measured"] == metrics["initial_level"] == round(report.integrated_lufs or 0.0, 2)
    assert loudness["range"] == round(report.loudness_range_lu, 2)
    assert loudness["true_peak"] == round(report.true_peak_dbtp or 0.0, 2)
    assert metrics["audio"]["eq"]["levels"] == [round(float(db), 2) for db in report.eq_levels_db]
    assert list(metrics["audio"]["stereo_image"]) == ["low", "mid", "high"]
    assert metrics["audio"]["stereo_image"]["mid"] == round(float(report.side_mid_db[1]), 2)
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics


@pytest.mark.parametrize(("channels", "rate", "gain"), [(1, 22050, 0.1), (2, 22050, 0.0), (6, 48000, 0.1)])
def test_every_metric_is_a_number_whatever_the_track(channels: int, rate: int, gain: float) -> None:
    noise = gain * np.random.default_rng(1).standard_normal((channels, rate))
    metrics = preview_result(analyse(ArraySource(noise, rate)))
    levels = metrics["audio"]["eq"]["levels"]
    assert len(levels) == 16
    assert all(isinstance(db, float) and db >= -120.0 for db in levels)
    assert (levels[-1] == -120.0) == (rate == 22050)
    assert ("stereo_image" in metrics["audio"]) == (channels <= 2)
    assert "media_info" not in metrics
    assert (metrics["initial_level"] == -70.0) == (gain == 0.0)


def ids(audio: np.ndarray, rate: int = SOUND_RATE) -> dict[str, Any]:
    return {finding.id: finding for finding in diagnose(analyse(ArraySource(audio, rate)))}


def tone(hz: float, seconds: float = 6.0) -> np.ndarray:
    return np.sin(2.0 * np.pi * hz * np.arange(round(seconds * SOUND_RATE)) / SOUND_RATE)


def tilted(audio: np.ndarray, low: float, high: float, db: float) -> np.ndarray:
    hz = np.fft.rfftfreq(audio.shape[1], 1.0 / SOUND_RATE)
    gain = np.where((hz >= low) & (hz < high), 10.0 ** (db / 20.0), 1.0)
    return np.fft.irfft(np.fft.rfft(audio) * gain, audio.shape[1])


def crushed(audio: np.ndarray) -> np.ndarray:
    return 0.5 * np.tanh(40.0 * audio)


def with_gap(audio: np.ndarray) -> np.ndarray:
    half = audio.shape[1] // 2
    return np.concatenate([audio[:, :half], np.zeros((2, 3 * SOUND_RATE)), audio[:, half:]], axis=1)


def side_only(audio: np.ndarray) -> np.ndarray:
    return np.stack([audio[0], -audio[0]])


def mostly_side(audio: np.ndarray) -> np.ndarray:
    mid, side = audio.mean(axis=0), np.roll(audio.mean(axis=0), 5000)
    return np.stack([mid + 1.7 * side, mid - 1.7 * side])


def ended(seconds: float, level: float = 0.0) -> Callable[[np.ndarray], np.ndarray]:
    tail = level * np.random.default_rng(2).uniform(-1, 1, (2, round(seconds * SOUND_RATE)))
    return lambda audio: np.concatenate([audio, tail], axis=1)


FAULTS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str, str]] = {
    "exported_in_mono": (lambda x: np.stack([x[0], x[0]]), "exported in mono", "warning"),
    "mono_file": (lambda x: x[:1], "mono file", "note"),
    "one_sided": (lambda x: x * [[1.0], [0.0]], "right one is empty", "problem"),
    "inverted": (side_only, "upside down", "problem"),
    "phase": (mostly_side, "little is left in mono", "warning"),
    "clipped": (lambda x: np.clip(x * 6.0, -1, 1), "clipped at", "problem"),
    "true_peak_over": (lambda x: x * 6.0, "above 0 dBTP: export it", "warning"),
    "dense": (crushed, "very dense already", "warning"),
    "very_quiet": (lambda x: 0.03 * x, "very quiet", "warning"),
    "dc_offset": (lambda x: x + 0.02, "constant offset of 2 %", "warning"),
    "rumble": (lambda x: x + 0.1 * tone(8.0), "rumble below 20 Hz", "warning"),
    "over_full_scale": (lambda x: x * 6.0, "above full scale at", "warning"),
    "sub_bass": (lambda x: x + 0.8 * tone(45.0), "sub-bass louder than the rest", "warning"),
    "dull": (lambda x: tilted(x, 4000.0, 22050.0, -20.0), "dull", "warning"),
    "bright": (lambda x: tilted(x, 6000.0, 16000.0, 25.0), "bright", "warning"),
    "muddy": (lambda x: tilted(x, 200.0, 520.0, 12.0), "muddy", "warning"),
    "thin": (lambda x: tilted(x, 0.0, 230.0, -30.0), "lacks bass", "warning"),
    "spectrum_ends": (lambda x: tilted(x, 11000.0, 22050.0, -120.0), "nothing above", "warning"),
    "silence_end": (ended(4.0), "silence of 4 s at the end", "note"),
    "silence_start": (lambda x: ended(11.0)(x)[:, ::-1], "silence of 11 s at the start", "warning"),
    "silence_inside": (with_gap, "inside the track, first at 0:0", "note"),
    "wide_lows": (lambda x: x + 0.1 * np.array([[1.0], [-1.0]]) * tone(60.0), "wide lows", "warning"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_said(name: str) -> None:
    spoil, words, severity = FAULTS[name]
    clean = tilted(song(6.0), 0.0, 70.0, -3.0)  # its kick and bass are all below that
    assert name not in ids(clean)
    findings = ids(spoil(clean))
    assert name in findings
    assert words in findings[name].text
    assert findings[name].severity == severity
    assert np.isfinite(findings[name].figure)


def test_a_constant_offset_is_no_rumble() -> None:
    assert "rumble" not in ids(song(6.0) + 0.3)


def test_a_noise_floor_at_the_end_is_silence_too() -> None:
    findings = ids(ended(5.0, 10.0 ** (-80.0 / 20.0))(song(6.0)))
    assert findings["silence_end"].text == "silence of 5 s at the end"


def test_the_rate_the_depth_and_the_codec_are_found(tmp_path: Path) -> None:
    path = tmp_path / "old.wav"
    soundfile.write(path, song(3.0, 22050).T, 22050, subtype="PCM_U8")
    findings = {finding.id: finding for finding in diagnose(analyse(path))}
    assert findings["low_sample_rate"].text.startswith("sample rate 22.05 kHz")
    assert findings["low_bit_depth"].figure == 8
    soundfile.write(tmp_path / "a.ogg", song(3.0).T, SOUND_RATE)
    findings = {finding.id: finding for finding in diagnose(analyse(tmp_path / "a.ogg"))}
    assert "Ogg Vorbis" in findings["lossy_source"].text


def test_of_silence_there_is_one_thing_to_say() -> None:
    for frames in (SOUND_RATE * 3, 1000):
        assert list(ids(np.zeros((2, frames)))) == ["nothing_to_measure"]


def test_the_gravest_comes_first_and_ids_are_not_repeated() -> None:
    findings = diagnose(analyse(ArraySource(side_only(np.clip(song(6.0) * 8.0, -1, 1)) + 0.01, SOUND_RATE)))
    order = [("problem", "warning", "note").index(finding.severity) for finding in findings]
    assert order == sorted(order)
    assert len({finding.id for finding in findings}) == len(findings) > 3


def leaning(name: str) -> np.ndarray:
    """Return noise with the curve of a profile."""
    curve = load(name).curve_db
    white = np.random.default_rng(4).standard_normal((2, SOUND_RATE * 8))
    hz = np.fft.rfftfreq(white.shape[1], 1.0 / SOUND_RATE)
    # A third's level grows with its width: 10 lg f above that of the density.
    shape = np.interp(np.log(np.maximum(hz, 1.0)), np.log(THIRD_OCTAVES_HZ), curve - 10.0 * np.log10(THIRD_OCTAVES_HZ))
    audio = np.fft.irfft(np.fft.rfft(white) * 10.0 ** (shape / 20.0), white.shape[1])
    return np.asarray(0.1 * audio / audio.std())


@pytest.mark.parametrize("name", ["b", "d", "g", "l", "n"])
def test_noise_with_the_curve_of_a_profile_fits_that_profile(name: str) -> None:
    """Noise is as even as can be, so only profiles of its own kind of dynamics are told apart by its tone."""
    audio = leaning(name)
    fits = rank_profiles(analyse(ArraySource(audio, SOUND_RATE)).report)
    assert sorted(fit.profile for fit in fits) == names()
    assert min(fits, key=lambda fit: fit.tone_db).profile == name
    assert next(fit.tone_db for fit in fits if fit.profile == name) < 1.0
    ratio = load(name).values["dynamic_eq"].get("ratio", 1.0)
    assert (fits[0].profile == name) == (ratio >= 1.0)


def test_a_track_livelier_than_a_profile_leaves_it_does_not_fit_that_profile() -> None:
    """5 ms of every second 18 dB louder: the tone is the same, and so is the loudness range."""
    even = leaning("i")
    lively = even * np.where(np.arange(even.shape[1]) % SOUND_RATE < 220, 8.0, 1.0)
    assert load("i").density is not None
    was, fits = (rank_profiles(analyse(ArraySource(audio, SOUND_RATE)).report) for audio in (even, lively))
    assert was[0].profile == "i"
    assert load(fits[0].profile).density is None
    at = next(fit for fit in fits if fit.profile == "i")
    assert at.tone_db == pytest.approx(was[0].tone_db, abs=0.5)
    assert "livelier than its kind" in at.reason


def test_nothing_fits_silence() -> None:
    assert rank_profiles(analyse(ArraySource(np.zeros((2, 9000)), SOUND_RATE)).report) == []


def test_analyze_prints_draws_and_tells_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    soundfile.write("mix.wav", ended(4.0)(song(6.0)).T, SOUND_RATE, subtype="PCM_16")
    assert run(["analyze", "mix.wav", "--plot", "p.png", "--save", "a.json"], Session()) == 0
    shown = capsys.readouterr().out
    assert "silence of 4 s at the end" in shown
    assert "Profiles that fit" in shown
    assert Path("p.png").read_bytes().startswith(b"\x89PNG")
    assert run(["analyze", "mix.wav", "--json"], Session()) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == figures(Analysis.load("a.json"))
    assert document["metrics"]["media_info"] == document["media"]
    assert [said["id"] for said in document["findings"]].count("silence_end") == 1
    assert len(document["short_term"]["lufs"]) == 10
    assert len(document["profiles"]) == 14


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--plot", "p.gif"], ".png, .pdf, .svg"),
        (["--plot", "nodir/p.png"], "'nodir' does not exist"),
        (["--plot", "mix.png"], "--plot and FILE are the same file"),
        (["--plot", "p.png", "--save", "p.png"], "--plot and --save are the same file"),
    ],
)
def test_a_bad_place_for_the_picture_is_refused(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    soundfile.write("mix.png", song(1.0).T, SOUND_RATE, format="WAV")
    assert run(["analyze", "mix.png", *words], Session()) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mix.png"]
