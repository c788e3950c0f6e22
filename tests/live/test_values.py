"""One home of a live value, one way of it from a datagram to the kernel, and nobody who waits on it."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from live_rig import RATE, Rig
from masterchain.graph.control import Action, Console, Control, ControlError, named
from masterchain.graph.control.midi.bindings.controller import Controller
from masterchain.graph.control.midi.bindings.desk import Desk
from masterchain.graph.control.midi.mapping.map import Fader, Message, MidiMap
from masterchain.graph.control.osc.dispatch import Dispatch
from masterchain.graph.control.osc.feedback import Feedback
from masterchain.graph.control.osc.services import Services
from masterchain.graph.control.osc.sockets import Peer
from masterchain.graph.control.osc.values import as_meant
from masterchain.graph.live.engine import segment as m
from masterchain.graph.live.session.feeder import Feeder
from masterchain.graph.live.session.plan_values import PATHS, audition_chain
from masterchain.graph.live.session.state import Session
from masterchain.graph.live.session.values import LiveValues, chain_values
from masterchain.nodes import Switch
from osc_client import message, opened

CEILING, GAIN, TRIM = "limiter.ceiling_db", "gain.gain_db", "dynamic_eq.trim_1120_db"
SURFACE = Peer("udp", ("127.0.0.1", 9001))


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig(audition_chain)
    yield rig
    rig.close()


def console_of(rig: Rig) -> tuple[Console, LiveValues]:
    """Return a console over the values of ``rig``, as an audition has it."""

    def send(changes: Sequence[tuple[int, float]], frame: int | None) -> None:
        rig.commands([(m.SET, float(index), stored) for index, stored in changes], frame)

    values, console = LiveValues(audition_chain(), send), Console()
    for control in values.controls():
        console.add(control)
    return console, values


def osc_of(console: Console) -> tuple[Dispatch, list[bytes]]:
    answers: list[bytes] = []

    def send(packet: bytes, peer: Peer) -> bool:
        answers.append(packet)
        return True

    return Dispatch(console, Services(console, Feedback(console)), send, None), answers


def fill(rig: Rig) -> None:
    """Command until there is no room: nothing takes what waits, as the rig is not run."""
    while True:
        try:
            rig.command(m.SET, PATHS.index(TRIM), 1.0)
        except ControlError:
            return


def heard(rig: Rig, path: str) -> float:
    """Return what the node of the deck that is heard has in its ``values`` at ``path``, once it has run."""
    rig.run(256)
    node, name = rig.player._decks[0].chain.find(path)
    return float(node.values[node.slots[name]])


# One home.


def test_the_base_is_the_plans_and_what_a_hand_moved_lies_over_it() -> None:
    sent = list[tuple[list[tuple[int, float]], int | None]]()
    values = LiveValues(audition_chain(), lambda changes, frame: sent.append((list(changes), frame)))
    base = chain_values(audition_chain())
    assert dict(values) == base
    values.move(CEILING, -3.0, 480)
    assert sent.pop() == ([(PATHS.index(CEILING), -3.0)], 480)
    assert (values[CEILING], values.hand) == (-3.0, {CEILING: -3.0})
    assert values.follow({**base, CEILING: -1.5, GAIN: 4.0}, 960) == [GAIN]
    assert sent.pop() == ([(PATHS.index(GAIN), 4.0)], 960)
    assert (values[CEILING], values[GAIN]) == (-3.0, 4.0), "a plan does not move what a hand did"
    values.give_back(CEILING)
    assert (values[CEILING], values.hand, sent) == (-3.0, {}, []), "it stands where it stood until the next plan"
    assert values.follow({**base, CEILING: -1.5}) == [GAIN, CEILING]
    assert (values[GAIN], values[CEILING]) == (0.0, -1.5)
    values.move(GAIN, 2.0)
    values.lead(GAIN, 5.0)
    assert (values[GAIN], values.hand) == (5.0, {}), "what leads a plan is by hand no more"
    handed = list[list[float]]()
    values.move(TRIM, 1.5)
    moved = values.load(base, handed.append)
    assert dict(zip(values.paths, handed[0], strict=True)) == {**base, TRIM: 1.5} == dict(values)
    assert set(moved) == {CEILING, GAIN}


def test_what_the_engine_refuses_is_not_so() -> None:
    def refuse(changes: Any, frame: int | None) -> None:
        raise ControlError("no room")

    values, base = LiveValues(audition_chain(), refuse), chain_values(audition_chain())
    for act in (
        lambda: values.move(CEILING, -3.0), lambda: values.lead(CEILING, -3.0),
        lambda: values.follow({**base, CEILING: -3.0}),
    ):  # fmt: skip
        with pytest.raises(ControlError, match="no room"):
            act()
        assert (dict(values), values.hand) == (base, {})
    session = Session()
    with pytest.raises(ControlError), session.wishing("bypass", 1.0):
        refuse([], None)
    assert session.bypass is False


def test_the_console_keeps_no_second_copy(rig: Rig) -> None:
    console, values = console_of(rig)
    console.set("limiter/ceiling_db", -2.0)
    values.lead(CEILING, -4.0)
    assert console.stored(CEILING) == console.values()[CEILING] == values[CEILING] == -4.0


# One way.


@pytest.mark.parametrize("sent", [-1.05, -0.3, -19.99])
def test_a_datagram_comes_to_the_kernel_as_one_float_by_one_name(rig: Rig, sent: float) -> None:
    """Wire, float64, and what the kernel makes of it; ``/limiter/ceiling_db`` and ``limiter.ceiling_db``."""
    console, values = console_of(rig)
    seen = list[tuple[str, object]]()
    console.listen(lambda control, stored, by: seen.append((control.path, stored)))
    dispatch, _ = osc_of(console)
    dispatch.packet(message("/masterchain/limiter/ceiling_db", "f", sent), SURFACE)
    ends, row = rig._memory["command_ends"], rig._memory["commands"][0]
    assert (int(ends[0]), row.dtype) == (1, np.float64)
    assert row.tolist() == [m.SET, -1.0, float(PATHS.index(CEILING)), sent]
    assert seen == [(CEILING, sent)]
    assert {type(seen[0][1]), type(values[CEILING])} == {float}
    assert heard(rig, CEILING) == values[CEILING] == sent


def test_32_bits_are_read_as_their_shortest_decimal() -> None:
    draw = np.random.default_rng(2)
    some = draw.integers(0x00800000, 0x7F800000, 20_000).astype(np.uint32).view(np.float32)  # all but denormals
    some = np.concatenate([some, -some, np.round(draw.uniform(-200.0, 200.0, 20_000), 2).astype(np.float32)])
    assert [as_meant(float(value)) for value in some] == [float(str(value)) for value in some]
    for other in (0.0, -0.0, 0.1, 1.0 / 3.0, 1e300, -1.05):
        assert struct.pack("d", as_meant(other)) == struct.pack("d", other)


# Nobody waits.


@pytest.fixture
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        raise AssertionError(f"waits for {seconds} s")

    monkeypatch.setattr("time.sleep", sleep)


@pytest.mark.usefixtures("no_sleep")
def test_a_full_ring_is_told_at_once_counted_and_moves_nothing(rig: Rig) -> None:
    console, values = console_of(rig)
    before = values[CEILING]
    fill(rig)
    assert rig.refused == 1
    with pytest.raises(ControlError, match=r"^the engine takes nothing now: 8192 commands wait for it already"):
        console.set(CEILING, -3.0)
    with pytest.raises(ControlError):
        rig.commands([(m.SET, 0.0, 0.0)] * 3)
    assert (rig.refused, values[CEILING], console.stored(CEILING)) == (5, before, before)
    assert heard(rig, CEILING) == before
    console.set(CEILING, -3.0)  # there is room again
    assert heard(rig, CEILING) == -3.0


@pytest.mark.usefixtures("no_sleep")
def test_commands_that_belong_together_come_all_or_none(rig: Rig) -> None:
    for _ in range(m.COMMANDS - 2):
        rig.command(m.SET, PATHS.index(TRIM), 1.0)
    with pytest.raises(ControlError):
        rig.commands([(m.SET, 0.0, 0.0)] * 3)
    assert int(rig._memory["command_ends"][0]) == m.COMMANDS - 2
    rig.commands([(m.SET, 0.0, 0.0)] * 2)


@pytest.mark.usefixtures("no_sleep")
def test_each_controller_is_told_of_a_full_ring_in_its_own_way(rig: Rig) -> None:
    console, _ = console_of(rig)
    dispatch, answers = osc_of(console)
    surface = Controller(Desk(console, MidiMap((Fader(Message("cc", 20), CEILING, takeover="jump"),))))
    fill(rig)
    dispatch.packet(message("/masterchain/limiter/ceiling_db", "f", -2.0), SURFACE)
    ((address, said),) = opened(answers[0])
    assert (address, dispatch.counts.refused) == ("/masterchain/error", 1)
    surface.receive(bytes([0xB0, 20, 64]), 100.0)
    surface.due(101.0)
    assert (surface.counts.refused, surface.refusal) == (1, said[0])
    assert said[0].startswith("the engine takes nothing now")


def within(seconds: float, act: Any) -> bool:
    """Say whether ``act`` ends within ``seconds``: it waits for what never comes, or it does not."""
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def test_a_listener_that_waits_holds_up_nobody_but_itself(rig: Rig) -> None:
    console, _ = console_of(rig)
    stuck, go, told = threading.Event(), threading.Event(), list[tuple[str, float]]()

    def listen(control: Control, stored: float, by: object) -> None:
        told.append((control.path, stored))
        if len(told) == 1:
            stuck.set()
            go.wait(60.0)

    console.listen(listen)
    first = threading.Thread(target=console.set, args=(CEILING, -2.0))
    first.start()
    assert stuck.wait(30.0)

    def move() -> None:
        console.set(GAIN, 1.0)
        console.set(CEILING, -3.0)

    assert within(30.0, move)
    assert (console.stored(GAIN), told) == (1.0, [(CEILING, -2.0)])
    go.set()
    first.join()
    assert told == [(CEILING, -2.0), (GAIN, 1.0), (CEILING, -3.0)], "in the order of the moves"


def test_what_a_move_moves_is_told_after_it_under_no_lock() -> None:
    console, held = Console(), list[bool]()

    def apply(stored: float, frame: int | None) -> None:
        console.note("other", stored)

    for path, does in (("one", apply), ("other", lambda stored, frame: None)):
        console.add(Control(path, named(path, Switch(False, doc="...")), does))

    def listen(control: Control, stored: float, by: object) -> None:
        if len(held) < 2:
            held.append(not within(30.0, lambda: console.set("one", False)))

    console.listen(listen)
    console.set("one", True)
    assert held == [False, False]


class SlowTrack:
    """A track on a disk that does not answer."""

    sample_rate, channels, frames, path = RATE, 2, 100 * RATE, "slow"

    def __init__(self) -> None:
        self.asked, self.answers = threading.Event(), threading.Event()

    def read(self, start: int, frames: int) -> Any:
        self.asked.set()
        self.answers.wait(60.0)
        return np.zeros((2, frames))


def test_a_seek_waits_for_no_disk(rig: Rig) -> None:
    track: Any = SlowTrack()
    feeder = Feeder(rig, track)
    working = threading.Thread(target=feeder.work)
    working.start()
    assert track.asked.wait(30.0)

    def move() -> None:
        feeder.seek(5 * RATE, play=True)
        feeder.loop((RATE, 9 * RATE))
        feeder.seek(6 * RATE)

    assert within(30.0, move)
    assert feeder.seeking
    track.answers.set()
    working.join()
    feeder.work()
    rig.run(512)
    status = rig.status()
    assert (status.playing, status.position // RATE) == (True, 6), "the last seek counts, and that it is to play"


def test_a_seek_that_finds_no_room_is_done_as_soon_as_there_is(rig: Rig) -> None:
    track: Any = SlowTrack()
    track.answers.set()
    feeder = Feeder(rig, track)
    feeder.start(0)
    fill(rig)
    feeder.seek(7 * RATE)
    feeder.close()
    feeder.work()
    assert feeder.seeking
    rig.run(256)
    feeder.work()
    rig.run(512)
    assert not feeder.seeking
    assert rig.status().position == 7 * RATE


def test_actions_are_done_under_no_lock() -> None:
    console, started, go = Console(), threading.Event(), threading.Event()

    def slow() -> None:
        started.set()
        go.wait(60.0)

    console.actions["slow"] = Action("slow", (), "Takes its time.", slow)
    console.add(Control("one", named("one", Switch(False, doc="...")), lambda stored, frame: None))
    thread = threading.Thread(target=console.do, args=("slow",))
    thread.start()
    assert started.wait(30.0)
    assert within(30.0, lambda: console.set("one", True))
    go.set()
    thread.join()
