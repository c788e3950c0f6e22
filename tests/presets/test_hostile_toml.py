"""Whatever stands in a TOML file, its reader answers with what it holds or with a ``TomlError``, in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile import damaged, floats, limits
from hypothesis import given
from hypothesis import strategies as st
from masterchain.graph.control.midi.mapping.file import DEFAULT, load_map, written
from masterchain.graph.control.midi.mapping.map import Button, Encoder, Fader, Message, MidiMap, Program, Trigger
from masterchain.presets import delivery, load, profile_text
from masterchain.presets.toml_table import BUILT_IN, TomlError

READERS: dict[str, tuple[Path, Callable[[Path], Any]]] = {
    "profile": (BUILT_IN / "c.toml", load),
    "map": (DEFAULT, load_map),
    "deliveries": (BUILT_IN / "delivery.toml", lambda path: delivery(f"{path}#spotify")),
}
WORDS = (
    "title", "sound", "suits", "density", "ride", "[curve]", "[dynamic_eq]", "[limiter]", "ratio", "hold_ms", '"100"',
    "[spotify]", "loudness", "true_peak", "[[fader]]", "[[trigger]]", "[transport]", "message", "moves", "with",
    "tempo", "channel",
)  # fmt: skip
VALUES = (
    "1", "-1.0", "1e400", "nan", "inf", "-inf", "true", '""', '"cc 1"', "[]", "[[]]", "{}", "1979-05-27", '"\\u0000"',
    "9" * 30, "9" * 400, "9" * 5000, "0x" + "f" * 400, "0x" + "f" * 5000, "[" * 3000, "[" * 3000 + "]" * 3000,
)  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("toml") / "hostile.toml"


def survives(name: str, place: Path, content: bytes) -> None:
    place.write_bytes(content)
    with limits():
        try:
            READERS[name][1](place)
        except TomlError:
            return


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(name: str, place: Path, data: st.DataObject) -> None:
    survives(name, place, data.draw(damaged(READERS[name][0].read_bytes())))


@pytest.mark.parametrize("name", READERS)
@given(lines=st.lists(st.sampled_from(WORDS) | st.tuples(st.sampled_from(WORDS), st.sampled_from(VALUES)), max_size=8))
def test_lines_of_any_keys_and_values_are_read_or_refused(
    name: str, place: Path, lines: list[str | tuple[str, str]]
) -> None:
    text = "\n".join(line if isinstance(line, str) else f"{line[0].strip('[]')} = {line[1]}" for line in lines)
    survives(name, place, text.encode())


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{value[:9]} ({len(value)})")
def test_every_odd_value_in_a_file_that_is_whole_but_for_it_is_read_or_refused(
    name: str, place: Path, value: str
) -> None:
    whole = READERS[name][0].read_text("utf-8")
    for number, line in enumerate(whole.splitlines()):
        key, equals, _ = line.partition(" = ")
        if equals and not line.startswith("#"):
            lines = whole.splitlines()
            lines[number] = f"{key} = {value}"
            survives(name, place, "\n".join(lines).encode())
            break


@pytest.mark.parametrize("name", READERS)
@given(text=st.text(max_size=100))
def test_any_text_is_read_or_refused(name: str, place: Path, text: str) -> None:
    survives(name, place, text.encode("utf-8", "surrogatepass"))


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(title=words, letter=st.sampled_from("abcdefghijklmn"), ratio=floats(0.5, 4.0))
def test_a_profile_is_read_as_it_was_written(place: Path, title: str, letter: str, ratio: float) -> None:
    profile = load(letter)
    place.write_text(profile_text(profile, title, {"dynamic_eq": {"ratio": ratio}}), "utf-8", newline="\n")
    again = load(place)
    assert (again.title, again.sound, again.suits, again.density, again.ride) == (
        title, profile.sound, profile.suits, profile.density, profile.ride,
    )  # fmt: skip
    assert again.values["dynamic_eq"]["ratio"] == pytest.approx(ratio, abs=1e-6)
    assert np.allclose(again.curve_db, profile.curve_db, atol=1e-3)


def of(kind: Any, numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Message]:
    return st.builds(Message, st.just(kind), numbers, st.none() | st.integers(0, 15))


notes = of("note", st.integers(0, 127))
touched = st.none() | st.builds(Message, st.just("note"), st.integers(0, 127))
turned = of("cc", st.integers(64, 97)) | of("nrpn", st.integers(0, 16382))
finite = floats(allow_nan=False, allow_infinity=False)
bindings = st.one_of(
    st.builds(Fader, turned | of("pitch", st.just(0)), words, st.none() | finite, st.none() | finite,
              st.sampled_from(("pickup", "jump")), st.booleans(), touched),
    st.builds(Encoder, turned, words, st.sampled_from(("twos complement", "binary offset", "sign magnitude")),
              st.integers(1, 16383), st.booleans()),
    st.builds(Button, notes, words, st.sampled_from(("toggle", "momentary", "set", "next")),
              st.none() | st.booleans() | finite | words, st.booleans()),
    st.builds(Trigger, notes, words, st.lists(words | finite | st.integers(-(2**53), 2**53)).map(tuple),
              st.none() | words, st.none() | words),
    st.builds(Program, words, st.none() | st.integers(0, 15)),
)  # fmt: skip


@given(rows=st.lists(bindings, max_size=5), clock=st.booleans(), device=st.integers(0, 127), tempo=floats(20.0, 400.0))
def test_a_map_is_read_as_it_was_written(place: Path, rows: list[Any], clock: bool, device: int, tempo: float) -> None:
    midi_map = MidiMap(tuple(rows), clock=clock, device=device, tempo=tempo)
    place.write_text(written(midi_map), "utf-8", newline="\n")
    assert load_map(place) == midi_map
