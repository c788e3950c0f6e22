"""The live engine: what is heard is the render, whatever is moved; nothing clicks; nothing is allocated."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from live_rig import RATE, Rig
from masterchain.graph import ArrayDestination, FileSource, Plan, Settings, analyse, plan, profile_chain, render, solve
from masterchain.graph.analysis.cache import known_analysis
from masterchain.graph.chains.chain import Chain
from masterchain.graph.live.devices.base import NullDevice
from masterchain.graph.live.engine import segment as m
from masterchain.graph.live.engine.host import Engine
from masterchain.graph.live.engine.tape import FADE_S
from masterchain.graph.live.session.audition import Audition
from masterchain.graph.live.session.feeder import Feeder
from masterchain.graph.live.session.plan_values import PATHS, audition_chain, by_hand, fixed_values, stored_values
from masterchain.graph.live.session.track import Track
from masterchain.nodes import Gain, Limiter, Spec
from masterchain.presets import load, profile_text
from numpy.typing import NDArray
from scipy.signal import firwin, oaconvolve
from signals import music, random_cut, rng
from songs import song
from waiting import until

Sound = NDArray[Any]
PLAIN = partial(profile_chain, "i", gain_db=6.0)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTERCHAIN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig(audition_chain, points=64)
    yield rig
    rig.close()


def wave(folder: Path, sound: Sound, rate: int = RATE) -> Path:
    path = folder / "song.wav"
    soundfile.write(path, sound.T, rate, subtype="FLOAT")
    return path


def high(sound: Sound) -> Sound:
    """Return what lies above 5 kHz: all of a click of low tones."""
    taps = firwin(901, 5000.0, window=("kaiser", 15.0), pass_zero=False, fs=RATE)
    return np.asarray(oaconvolve(sound, taps[None, :], mode="same", axes=1))


def tones(frames: int) -> Sound:
    t = np.arange(frames) / RATE
    return np.stack([0.25 * np.sin(2 * np.pi * 100.0 * t), 0.25 * np.sin(2 * np.pi * 700.0 * t)])


# What is heard is the render.


def test_an_audition_is_the_master_bit_for_bit(tmp_path: Path) -> None:
    path = wave(tmp_path, song(6.0, 44100), 44100)
    settings, heard = Settings(profile="c", stereo_image=True), list[Sound]()
    frames = FileSource(path).frames or 0
    device = NullDevice(44100, 256, paced=False, frames=frames + 4096)
    with Audition(path, settings, device, recorder=lambda block: heard.append(block.copy())) as audition:
        assert audition.wait(60.0)
        latency = audition.engine.latency
    source, destination = FileSource(path), ArrayDestination()
    solved = solve(source, plan(analyse(source), settings))
    render(source, destination, solved.with_gain(solved.gain_db or 0.0, final=True))
    assert destination.audio is not None
    assert np.array_equal(np.concatenate(heard, axis=1)[:, latency : latency + frames], destination.audio)


def test_changes_at_frames_give_what_a_chain_gives_offline(rig: Rig) -> None:
    sound, draw = 0.5 * song(3.0, RATE), rng(3)
    chain = audition_chain()
    paths = [
        (i, path, node) for i, (path, node, declared) in enumerate(chain.paths()) if declared.live and node is not chain
    ]
    rig.feed(sound)
    rig.mark(0)
    rig.command(m.PLAY, 0, 1.0, 0)
    for frame in sorted(draw.choice(120_000, 40, replace=False)):
        index, path, node = paths[int(draw.integers(len(paths)))]
        declared = node.params()[path.split(".")[-1]]
        stored = declared.check(declared.from_unit(float(draw.uniform())))
        rig.command(m.SET, index, stored, int(frame))
        chain.schedule(int(frame), path, declared.plain(stored))
    got = rig.run(130_000, [n for n in random_cut(130_000, 700, 5) if n])
    chain.prepare(Spec(RATE, 2, 8192))
    expected = sound[:, :130_000].copy()
    for start in range(0, 130_000, 5000):
        part = np.ascontiguousarray(expected[:, start : start + 5000])
        chain.process_block(part)
        expected[:, start : start + 5000] = part
    assert np.array_equal(got, expected)


def test_a_process_of_its_own_plays_the_same_bits() -> None:
    sound = music(2, 60_000, RATE, 9)
    chain, heard, fed = PLAIN(), np.zeros((2, 60_000)), 0
    path = [path for path, _, _ in chain.paths()].index("limiter.ceiling_db")
    with Engine(NullDevice(RATE, 128, paced=False, frames=60_000), PLAIN, audition=True) as engine:
        engine.open().build()
        engine.mark(0)
        fed = engine.feed(sound)
        engine.command(m.PLAY, 0, 1.0, 0)
        engine.command(m.SET, path, -6.0, 20_001)
        engine.go()
        got, block = 0, np.zeros((2, 4096))
        end = time.monotonic() + 30.0
        while got < 60_000 and time.monotonic() < end:
            n = engine.taken(block)
            heard[:, got : got + n] = block[:, :n]
            got += n
    assert fed == got == 60_000
    chain.prepare(Spec(RATE, 2, 60_000))
    chain.schedule(20_001, "limiter.ceiling_db", -6.0)
    chain.process_block(sound)
    assert np.array_equal(heard, sound)


def test_a_loop_plays_the_passage_of_the_master(rig: Rig, tmp_path: Path) -> None:
    path = wave(tmp_path, song(20.0, RATE))
    track = Track(FileSource(path, RATE))
    solved = solve(track, plan(analyse(track), Settings(profile="a")))
    rig.load(0, [stored_values(solved)[path] for path in PATHS], solved.tone, None, 1.0)
    feeder = Feeder(rig, track)
    feeder.loop((8 * RATE, 20 * RATE))
    feeder.seek(8 * RATE)
    feeder.work()
    rig.command(m.PLAY, 0, 1.0)
    heard = []
    for _ in range(25 * 5):
        feeder.work()
        heard.append(rig.run(RATE // 5))
    again = np.concatenate(heard, axis=1)[:, 12 * RATE + rig.latency : 24 * RATE + rig.latency]
    destination = ArrayDestination()
    render(track, destination, solved.with_gain(solved.gain_db or 0.0, final=True))
    assert destination.audio is not None
    track.close()
    master = destination.audio[:, 8 * RATE : 20 * RATE]
    levels = [np.abs(np.fft.rfft(sound * np.hanning(12 * RATE), axis=1)) ** 2 for sound in (again, master)]
    hz = np.fft.rfftfreq(12 * RATE, 1.0 / RATE)
    for centre in 1000.0 * 2.0 ** (np.arange(-15, 13) / 3.0):
        band = (hz >= centre * 2 ** (-1 / 6)) & (hz < centre * 2 ** (1 / 6))
        both = [float(level[:, band].sum()) for level in levels]
        if both[1] > 1e-4 * float(levels[1].sum()):  # a band without music says nothing
            assert abs(10.0 * np.log10(both[0] / both[1])) < 0.1, centre


# Nothing clicks.


def scene(rig: Rig, *moves: tuple[float, int, float]) -> Sound:
    """Play a second of tones and move something half-way; return what is heard."""
    rig.mark(0)
    rig.feed(tones(2 * RATE))
    rig.command(m.PLAY, 0, 1.0, 0)
    for kind, index, value in moves:
        rig.command(kind, index, value, RATE // 2 + 77)
    return rig.run(RATE, (256, 100, 31))


@pytest.mark.parametrize(
    "moves",
    {
        "bypass": [(m.LISTEN, m.WET, 0.0), (m.LISTEN, m.DRY, 1.0)],
        "delta": [(m.LISTEN, m.DRY, -1.0)],
        "level": [(m.LISTEN, m.LEVEL, 0.3)],
        "pause": [(m.PLAY, 0, 0.0)],
        "another plan": [(m.LOAD_DECK, 0, 1.0)],
    }.items(),
    ids=lambda row: row[0],
)
def test_what_a_listener_switches_is_heard_and_does_not_click(rig: Rig, moves: Any) -> None:
    """The contract's -100 dBFS, as a peak of all above 5 kHz; that something changed shows in the level."""
    quiet, quieter = stored_values_of_nothing(), stored_values_of_nothing()
    quiet[PATHS.index("gain.gain_db")], quieter[PATHS.index("gain.gain_db")] = -10.0, -20.0
    rig.load(0, quiet, None, None, 1.0, 0)
    rig._memory["slot_values"][1], rig._memory["slot_courses"][1, m.SLOT_LEVEL] = quieter, 1.0
    heard = scene(rig, *moves[1])
    before, after = (float(np.sqrt((part**2).mean())) for part in (heard[:, 4800:24000], heard[:, -4800:]))
    assert abs(20.0 * np.log10((after + 1e-9) / before)) > 5.0
    assert np.abs(high(heard)[:, RATE // 5 : -1000]).max() < 10 ** (-100 / 20)


def stored_values_of_nothing() -> list[float]:
    chain = audition_chain()
    values = [float(node.values[node.slots[declared.name]]) for _, node, declared in chain.paths()]
    values[PATHS.index("dynamic_eq.intensity")] = 0.0
    return values


def test_a_seek_fades_out_and_in_again(rig: Rig) -> None:
    rig.load(0, stored_values_of_nothing(), None, None, 1.0)
    rig.mark(0)
    rig.feed(tones(RATE))
    rig.command(m.PLAY, 0, 1.0, 0)
    place = rig.tape_at
    rig.mark(3 * RATE)
    rig.feed(-tones(2 * RATE)[:, 12345 : 12345 + RATE])
    rig.command(m.SKIP, 0, float(place), RATE // 4)
    got = rig.run(RATE // 2)
    assert rig.player.tape is not None
    faded = 3 * RATE + RATE // 2 - RATE // 4 - round(FADE_S * RATE)
    assert abs(rig.player.tape.position - faded) <= 1
    assert np.abs(high(got)[:, 2000:-1000]).max() < 10 ** (-100 / 20)


def test_a_loop_from_the_first_frame_has_no_seam(rig: Rig, tmp_path: Path) -> None:
    sound = tones(3 * RATE)
    sound[:, :4800] *= np.sin(np.linspace(0.0, np.pi / 2.0, 4800)) ** 4
    track = Track(FileSource(wave(tmp_path, sound)))
    rig.load(0, stored_values_of_nothing(), None, None, 1.0)
    feeder = Feeder(rig, track)
    feeder.loop((0, 48060))
    feeder.seek(0)
    feeder.work()
    rig.command(m.PLAY, 0, 1.0)
    heard = []
    for _ in range(12):
        feeder.work()
        heard.append(rig.run(RATE // 4))
    track.close()
    assert np.abs(high(np.concatenate(heard, axis=1))[:, 2000:-1000]).max() < 10 ** (-80 / 20)


def test_a_seek_near_the_end_plays_on(rig: Rig, tmp_path: Path) -> None:
    track = Track(FileSource(wave(tmp_path, tones(3 * RATE))))
    feeder = Feeder(rig, track)
    feeder.seek(int(2.7 * RATE))
    feeder.work()
    rig.command(m.PLAY, 0, 1.0)
    rig.run(2560)  # all of the track is on the tape now, its end as well
    feeder.seek(RATE)
    feeder.work()
    rig.run(RATE // 10)
    track.close()
    status = rig.status()
    assert (status.playing, status.ended) == (True, False)
    assert RATE < status.position < 1.2 * RATE


def test_a_flood_of_parameters_leaves_the_sound_whole(rig: Rig) -> None:
    draw, chain = rng(8), audition_chain()
    own = enumerate(chain.paths())
    live = [(i, declared) for i, (path, _, declared) in own if declared.live and not path.endswith("bypass")]
    rig.mark(0)
    rig.command(m.PLAY, 0, 1.0, 0)
    for _ in range(20):
        rig.feed(tones(RATE // 2))
        for _ in range(100):
            index, declared = live[int(draw.integers(len(live)))]
            rig.command(m.SET, index, declared.check(declared.from_unit(float(draw.uniform()))))
            sound = rig.run(240)
            assert np.isfinite(sound).all()
            assert np.abs(sound).max() < 1.02


# The callback.


def test_the_callback_allocates_nothing_once_it_is_warm() -> None:
    rig = Rig(PLAIN, audition=False)
    ceiling = [path for path, _, _ in PLAIN().paths()].index("limiter.ceiling_db")
    block = 0.3 * rng(4).standard_normal((2, 256))

    def callbacks(count: int) -> None:
        for i in range(count):
            rig.command(m.SET, ceiling, -1.0 - (i % 7))
            rig.pulse.begin()
            rig.pulse.render(block)
            rig.pulse.finish(256)

    callbacks(10)
    gc.collect()
    gc.disable()
    try:
        tracemalloc.start()
        callbacks(2500)  # Python keeps up to 2000 tuples of a length for later
        before, blocks = tracemalloc.get_traced_memory()[0], sys.getallocatedblocks()
        callbacks(2000)
        after, more = tracemalloc.get_traced_memory()[0], sys.getallocatedblocks()
    finally:
        tracemalloc.stop()
        gc.enable()
        rig.close()
    assert after - before < 512  # integers that count up outgrow Python's small ones, no more
    assert abs(more - blocks) < 16


def test_the_engines_process_has_one_python_thread(tmp_path: Path) -> None:
    if not Path("/proc/self/task").is_dir():
        pytest.skip("threads are counted by /proc")
    with Engine(NullDevice(RATE, 256), PLAIN, audition=False) as engine:
        engine.open().build()
        engine.go()
        time.sleep(0.3)
        threads = [task.read_text().strip() for task in Path(f"/proc/{engine.pid}/task").glob("*/comm")]
        assert engine.status().callbacks > 20
    assert threads == [threads[0]], threads


def test_a_time_tag_is_kept_to_the_frame_and_a_hand_to_the_block(tmp_path: Path) -> None:
    path = wave(tmp_path, song(6.0, RATE))
    heard, due = list[Sound](), list[int | None]()

    def hear(block: Sound) -> None:
        heard.append(block.copy())

    with Audition(path, Settings(), NullDevice(RATE, 256), recorder=hear) as audition:
        console, clock, engine = audition.console, audition.console.clock, audition.engine

        def told(seconds: float) -> int | None:
            due.append(clock(seconds))
            return due[-1]

        console.clock = told
        time.sleep(0.5)
        console.set("gain.gain_db", -30.0, at=time.time() + 0.4)
        time.sleep(1.0)
        moved = engine.status().frame
        console.set("gain.gain_db", 0.0)
        sent = engine.status().frame
        time.sleep(0.5)
        plan, latency, late = audition.plan, engine.latency, engine.status().late
    got = np.concatenate(heard, axis=1)
    assert late == 0
    assert due[0] is not None
    # By hand it comes with one of the next blocks: the one that is due is found by the bits.
    for frame in range(moved, sent + 3 * 256 + latency, 256):
        chain = audition_chain()
        for name, stored in stored_values(plan).items():
            node, parameter = chain.find(name)
            node.values[node.slots[parameter]] = stored
        eq = next(node for node in chain if node.id == "dynamic_eq")
        eq.follow(plan.tone)
        chain.prepare(Spec(RATE, 2, got.shape[1]))
        chain.schedule(due[0], "gain.gain_db", -30.0)
        chain.schedule(frame, "gain.gain_db", 0.0)
        track = Track(FileSource(path, RATE))
        expected = track.read(0, got.shape[1])
        track.close()
        chain.process_block(expected)
        if np.array_equal(got[:, : expected.shape[1]], expected):
            return
    raise AssertionError("none of the next blocks took the change")


# Rough ways.


def test_the_file_may_go_and_another_rate_and_mono_are_played(tmp_path: Path) -> None:
    path = wave(tmp_path, song(3.0, 32000)[:1], 32000)
    heard = list[Sound]()
    with Audition(
        path, Settings(), NullDevice(RATE, 256), recorder=lambda block: heard.append(block.copy())
    ) as audition:
        os.unlink(path)
        until(lambda: audition.readings().position_s >= 1.0, "a second is played")
        assert audition.engine.channels == 1
        assert audition.readings().momentary_lufs > -40.0
    assert np.abs(np.concatenate(heard, axis=1)).max() > 0.05


def test_an_engine_that_dies_is_started_again_where_it_was(tmp_path: Path) -> None:
    path = wave(tmp_path, song(30.0, RATE))
    said = list[str]()
    with Audition(path, Settings(), NullDevice(RATE, 256), start_s=4.0) as audition:
        audition.console.read(said.append)
        time.sleep(0.6)
        audition.console.set("limiter.hold_ms", 5.0)
        os.unlink(path)
        os.kill(audition.engine.pid, 9)
        until(lambda: "the sound is back" in said, "the sound is back")
        time.sleep(0.3)
        assert said == ["the engine process died; waiting for it to come back", "the sound is back"]
        assert audition.readings().position_s > 4.0
        assert audition.engine.status().playing
        assert audition.console.plain("limiter.hold_ms") == 5.0


def runs_instead(audition: Audition, before: Engine) -> bool:
    """Say whether another engine than ``before`` plays."""
    return audition.engine is not before and audition.engine.status().playing


def chain_latency(solved: Plan) -> int:
    """Return the frames that the chain of an audition holds back for ``solved``."""
    chain = audition_chain(fixed_values(solved))
    chain.prepare(Spec(RATE, 2, 8192))
    return chain.latency


# What is kept.


def test_an_analysis_is_made_once_for_the_same_audio(tmp_path: Path) -> None:
    path = wave(tmp_path, song(3.0, RATE))
    first = known_analysis(FileSource(path))
    copy = tmp_path / "copy.wav"
    copy.write_bytes(path.read_bytes())
    began = [file.stat().st_ino for file in (tmp_path / "cache").iterdir()]
    second = known_analysis(FileSource(copy))
    assert [file.stat().st_ino for file in (tmp_path / "cache").iterdir()] == began
    assert second.report.to_json() == first.report.to_json()


def test_what_was_found_by_ear_is_saved_and_rendered_as_it_was_heard(tmp_path: Path) -> None:
    path = wave(tmp_path, song(4.0, RATE))
    words = list[str]()
    with Audition(path, Settings(profile="d"), NullDevice(RATE, 256), folder=tmp_path) as audition:
        audition.console.read(words.append)
        audition.console.set("dynamic_eq.trim_1120_db", 3.0)
        audition.console.set("stereo_imager.high_width", 1.5)
        audition.console.do("save", "mine.toml")
        audition.console.do("render", "out.wav")
        moved = by_hand(audition.plan, audition.values)
        until(lambda: any("rendered" in word for word in words), "it is rendered")
    saved = load(tmp_path / "mine.toml")
    assert saved.values["dynamic_eq"]["trim_1120_db"] == 3.0
    assert saved.values["stereo_imager"]["high_width"] == 1.5
    assert np.allclose(saved.curve_db, load("d").curve_db, atol=1e-3)
    assert [type(node).__name__ for node in moved.shaping_chain()] == ["DynamicEQ", "StereoImager"]
    assert moved.final  # as it is heard: the level is not set anew
    rendered, _ = soundfile.read(tmp_path / "out.wav")
    assert len(rendered) == 4 * RATE
    assert np.abs(rendered).max() > 0.1


@pytest.fixture
def far(tmp_path: Path) -> Path:
    """Return the file of a profile that is ``i`` but for its look-ahead."""
    path = tmp_path / "far.toml"
    path.write_text(profile_text(load("i"), "far", {"limiter": {"lookahead_ms": 4.0}}))
    return path


def test_a_profile_of_another_look_ahead_begins_anew_where_it_was(tmp_path: Path, far: Path) -> None:
    path = wave(tmp_path, song(20.0, RATE))
    heard, said = list[Sound](), list[str]()
    with Audition(
        path, Settings(profile=far), NullDevice(RATE, 256), recorder=lambda block: heard.append(block.copy())
    ) as audition:
        console, latencies = audition.console, [audition.engine.latency]
        console.read(said.append)
        until(lambda: audition.readings().position_s > 0.5, "it plays")
        console.set("monitor_db", -40.0)
        console.set("profile", "i")
        console.set("dynamic_eq.trim_1120_db", 3.0)
        console.set("position", 8.0)
        until(lambda: "profile i: Balanced" in said, "it plays with the new profile")
        heard.clear()
        until(lambda: sum(block.shape[1] for block in heard) > RATE, "a second is heard")
        latencies.append(audition.engine.latency)
        assert 8.0 <= audition.readings().position_s < 12.0
        assert (console.plain("profile"), console.plain("limiter.lookahead_ms")) == ("i", 1.25)
        assert console.plain("dynamic_eq.trim_1120_db") == 3.0
    assert latencies == [chain_latency(plan(analyse(FileSource(path)), Settings(profile=p), RATE)) for p in (far, "i")]
    assert latencies[0] > latencies[1]
    assert said == ["Balanced has another latency: the engine begins anew", "profile i: Balanced"]
    assert 1e-5 < np.abs(np.concatenate(heard, axis=1)).max() < 0.011


def test_to_and_fro_between_look_aheads_in_a_loop_stays_in_it(tmp_path: Path, far: Path) -> None:
    path, places = wave(tmp_path, song(20.0, RATE)), list[float]()
    with Audition(path, Settings(), NullDevice(RATE, 256), start_s=5.0, loop_s=1.0) as audition:
        names = ["i", str(far)]
        for wished in (far, "i", far):
            began = audition.engine
            until(lambda: 5.7 < audition.readings().position_s < 5.95, "the end of the loop is near")
            audition.change(profile=wished)
            until(lambda began=began: runs_instead(audition, began), "another engine runs")  # type: ignore[misc]
            for _ in range(20):
                places.append(audition.readings().position_s)
                time.sleep(0.02)
            assert audition.engine.latency == chain_latency(audition.plan)
        engine = audition.engine
        for wished in ("i", far, "i", far):
            audition.change(profile=wished)
        until(lambda: str(audition.plan.settings.profile) == names[1], "the last wish is heard")
        time.sleep(0.5)
        assert audition.engine is engine, "what is wanted in the end runs already"
        assert audition.engine.latency == chain_latency(audition.plan)
    assert all(5.0 <= place <= 6.0 for place in places if place), places


def test_a_loop_that_ends_before_it_begins_is_said_to_be_none(tmp_path: Path) -> None:
    said = list[str]()
    with Audition(wave(tmp_path, song(8.0, RATE)), Settings(), NullDevice(RATE, 256)) as audition:
        end = audition.console.read(said.append)
        for path, value in (("loop_start", 5.0), ("loop_end", 4.0), ("loop", True), ("loop_end", 3.0)):
            audition.console.set(path, value)
        assert said == ["loop_end is not behind loop_start: it plays on without a loop until it is"]
        audition.console.set("loop_end", 6.0)
        end()
        audition.console.set("loop_end", 2.0)
    assert len(said) == 1, "who reads no more is told no more"


def test_a_snapshot_brings_back_the_profile_and_what_was_moved_by_hand(tmp_path: Path) -> None:
    path = wave(tmp_path, song(4.0, RATE))
    with Audition(path, Settings(profile="d"), NullDevice(RATE, 256)) as audition:
        console, said = audition.console, list[str]()
        console.read(said.append)

        def wait_for(words: str) -> None:
            until(lambda: any(words in line for line in said), words)
            time.sleep(0.4)

        console.set("dynamic_eq.trim_1120_db", 3.0)
        console.do("snapshot.store", 1)
        console.set("profile", "a")
        wait_for("profile a")
        assert console.plain("dynamic_eq.trim_1120_db") == 0.0
        console.set("dynamic_eq.trim_1120_db", 3.0)  # as it is to be, but under the other profile
        console.do("snapshot.recall", 1)
        wait_for("profile d")
        assert console.plain("profile") == "d"
        assert console.plain("dynamic_eq.trim_1120_db") == 3.0
        assert audition.values.hand["dynamic_eq.trim_1120_db"] == 3.0
        active = audition.engine.status().active
        heard = audition.engine._memory["slot_values"][active]
        assert heard[PATHS.index("dynamic_eq.target_40_db")] == load("d").values["dynamic_eq"]["target_40_db"]


def test_a_plain_script_may_audition(tmp_path: Path) -> None:
    wave(tmp_path, song(2.0, RATE))
    (tmp_path / "mine.py").write_text(
        "from masterchain.graph.live import Audition, NullDevice\n"
        "with Audition('song.wav', device=NullDevice(paced=False, frames=48000)) as audition:\n"
        "    print(audition.wait(60.0), audition.ended)\n"
    )
    done = subprocess.run(
        [sys.executable, "mine.py"], capture_output=True, text=True, cwd=tmp_path, timeout=120.0, check=False
    )
    assert (done.stdout, done.stderr) == ("True done\n", "")


def test_a_chain_of_ones_own_is_played_too() -> None:
    rig = Rig(two_nodes, audition=False)
    sound = music(2, 5000, RATE, 2)
    got = rig.run(5000, (64,), sound)
    chain = two_nodes()
    chain.prepare(Spec(RATE, 2, 5000))
    chain.process_block(sound)
    rig.close()
    assert np.array_equal(got, sound)


def two_nodes() -> Chain:
    return Chain([Gain(gain_db=3.0), Limiter(mode="live")])
