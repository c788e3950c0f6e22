"""What there is can be looked at: ``graph.profiles()`` and ``graph.services()``."""

from __future__ import annotations

import importlib.metadata
from typing import Any

import pytest
from masterchain import graph, nodes
from masterchain.presets import delivery, load, names


def test_profiles_are_the_letters_with_their_words() -> None:
    profiles = graph.profiles()
    assert list(profiles) == names()
    assert profiles["c"] is load("c")
    lines = str(profiles).splitlines()
    assert len(lines) == 14
    assert lines[8] == "i  Balanced: tight dynamics, well-rounded balanced tone (Pop, Rock, Country)"


def test_services_have_a_loudness_and_a_true_peak() -> None:
    services = graph.services()
    assert (services["spotify"].loudness, services["spotify"].true_peak) == (-14.0, -1.0)
    assert services["cd"] == delivery("cd")
    assert "\nspotify_loud  -11 LUFS, -2 dBTP\n" in str(services)


@pytest.mark.parametrize("listing", [graph.profiles, graph.services])
def test_they_cannot_be_changed(listing: Any) -> None:
    name = next(iter(listing()))
    with pytest.raises(TypeError, match="does not support item assignment"):
        listing()[name] = None
    with pytest.raises(TypeError, match="does not support item deletion"):
        del listing()[name]


def test_the_version_is_that_of_the_package() -> None:
    assert graph.__version__ == importlib.metadata.version("masterchain")


@pytest.mark.parametrize("face", [graph, nodes])
def test_what_a_face_exports_is_there_once(face: Any) -> None:
    assert len(set(face.__all__)) == len(face.__all__)
    assert [name for name in face.__all__ if not hasattr(face, name)] == []
    classes = {name for name, thing in vars(face).items() if isinstance(thing, type)}
    assert classes <= set(face.__all__)
