"""The audio thread runs before others where a clock waits for it, and no longer than it keeps up."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import soundfile
from live_rig import Rig
from masterchain.graph import Settings, profile_chain
from masterchain.graph.live.devices.base import NullDevice
from masterchain.graph.live.engine.host import Engine
from masterchain.graph.live.engine.realtime import GRANTED, REFUSED, UNKNOWN, Urgency
from masterchain.graph.live.engine.status import NOTHING
from masterchain.graph.live.session.audition import Audition
from songs import song
from urgent import urgency_is_granted
from waiting import until

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the sound system alone sees to it")


def test_an_urgency_that_is_refused_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "status", lambda engine: replace(NOTHING, urgency=REFUSED))
    soundfile.write(tmp_path / "song.wav", song(1.0, 48000).T, 48000)
    said = list[str]()
    with Audition(tmp_path / "song.wav", Settings(), NullDevice(48000, 256)) as audition:
        audition.console.read(said.append)
        until(lambda: said, "it is said")
        time.sleep(0.6)
    assert said == ["no real-time scheduling is granted: gaps may come; see limits.conf, rtprio"]


@ON_LINUX
def test_what_the_kernel_refuses_leaves_a_thread_ordinary(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    urgency = Urgency()
    urgency.want(True)
    assert urgency.state == REFUSED
    urgency.want(False)
    assert urgency.state == UNKNOWN
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


@ON_LINUX
def test_what_nobody_has_noted_yet_is_no_refusal() -> None:
    rig = Rig(partial(profile_chain, "i"), audition=False)
    assert rig.status().urgency == UNKNOWN
    rig.close()


@ON_LINUX
def test_who_cannot_keep_up_lets_others_have_their_turn() -> None:
    rig, states = Rig(partial(profile_chain, "i"), audition=False), list[int]()

    def callbacks(lengths: list[float]) -> None:
        for seconds in lengths:
            rig.pulse.begin(clocked=True)
            time.sleep(seconds)
            rig.pulse.finish(256)
        states.append(rig.status().urgency)

    def play() -> None:
        callbacks([0.0] * 3)
        callbacks([0.02, 0.02, 0.0] * 30)  # too much, though not every time
        callbacks([0.0] * 250)

    thread = threading.Thread(target=play)  # whose scheduling ends with it
    thread.start()
    thread.join()
    rig.close()
    urgency = GRANTED if urgency_is_granted() else REFUSED
    assert states == [urgency, UNKNOWN, urgency]
