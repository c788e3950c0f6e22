"""The low cut: what lies below hearing goes, what is heard stays; and the driver uses it only where it is needed."""

from __future__ import annotations

import numpy as np
import pytest
from masterchain.graph import ArraySource, Plan, Settings, analyse, plan
from masterchain.nodes import LowCut, Spec
from songs import RATE, song


def level_db(hz: float, amount: float = 100.0, rate: int = 48000) -> float:
    """Return what is left of a sine after the filter has settled."""
    sine = 0.5 * np.sin(2.0 * np.pi * hz * np.arange(4 * rate) / rate)[None]
    node = LowCut(amount=amount)
    node.prepare(Spec(rate, 1, sine.shape[1]))
    out = sine.copy()
    node.process_block(out)
    return float(10.0 * np.log10((out[0, 2 * rate :] ** 2).mean() / (sine[0, 2 * rate :] ** 2).mean()))


@pytest.mark.parametrize("rate", [44100, 96000])
@pytest.mark.parametrize("hz", [8.0, 20.0, 30.0, 60.0, 1000.0])
def test_it_is_a_butterworth_filter_of_fourth_order(hz: float, rate: int) -> None:
    assert level_db(hz, rate=rate) == pytest.approx(-10.0 * np.log10(1.0 + (20.0 / hz) ** 8), abs=0.05)


def test_an_amount_in_between_ends_at_its_depth() -> None:
    assert level_db(2.0, amount=50.0) == pytest.approx(40.0 * np.log10(0.5), abs=0.3)


def planned(audio: np.ndarray, intensity: float = 100.0) -> Plan:
    return plan(analyse(ArraySource(audio, RATE)), Settings(intensity=intensity))


def test_music_without_rumble_meets_no_low_cut() -> None:
    assert not any(isinstance(node, LowCut) for node in planned(song(6.0)).shaping_chain())


def test_rumble_and_offsets_are_cut_in_proportion_to_intensity() -> None:
    audio = song(6.0)
    audio += 0.3 * np.sin(2.0 * np.pi * 9.0 * np.arange(audio.shape[1]) / RATE)
    assert planned(audio).values["low_cut"]["amount"] == pytest.approx(100.0)
    assert planned(audio, 50.0).values["low_cut"]["amount"] == pytest.approx(50.0)
    assert "low_cut" not in planned(audio, 0.0).values
