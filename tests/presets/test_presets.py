"""Profiles and delivery targets: all there, checked against the nodes, and precise about what is wrong."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from masterchain.graph import Settings, master
from masterchain.nodes import Node
from masterchain.nodes.bands import THIRD_OCTAVES_HZ
from masterchain.presets import PresetError, deliveries, delivery, load, names
from masterchain.presets.toml_table import BUILT_IN
from songs import song, write

GOOD = (BUILT_IN / "i.toml").read_text()


def test_there_are_fourteen_profiles_and_each_is_its_own() -> None:
    assert names() == list("abcdefghijklmn")
    profiles = [load(name) for name in names()]
    assert len({profile.sound for profile in profiles}) == len({profile.title for profile in profiles}) == 14
    assert len({(profile.curve_db.tobytes(), str(profile.values)) for profile in profiles}) == 14


@pytest.mark.parametrize("name", names())
def test_every_value_of_a_profile_is_one_that_its_node_takes(name: str) -> None:
    for node_id, values in load(name).values.items():
        node = Node.registry[node_id](**values)
        assert all(getattr(node, key) == value for key, value in values.items())


@pytest.mark.parametrize("name", names())
def test_curves_are_moderate(name: str) -> None:
    offset = load(name).curve_db - load("i").curve_db
    heard = (THIRD_OCTAVES_HZ > 30.0) & (THIRD_OCTAVES_HZ < 16000.0)
    assert np.abs(offset[heard]).max() <= 6.0
    assert np.abs(np.diff(offset[heard])).max() <= 2.0


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (("[limiter]", "[limitter]"), "line 21", "unknown key 'limitter'"),
        (("ratio =", "ration ="), "line", "dynamic_eq has no parameter 'ration'"),
        (("ratio = 1.5", "ratio = 40.0"), "line", "ratio = 40.0: must be 0.5..4"),
        (("20 = 0.0", "2 = 0.0"), "line 9", "'2' is no frequency: must be 10..24000 Hz"),
        (("20 = 0.0", "20 = 13.0"), "line 9", "20 = 13.0: must be -12..12 dB"),
        (("20 = 0.0", "20 = true"), "line 9", "20 = True: must be -12..12 dB"),
        (('title = "Balanced"', "title = 3"), "line 1", "title = 3: must be a text in quotes"),
        (("density = 11.5", "density = 2.0"), "line 4", "density = 2: must be 6..20 dB"),
        (("ride = -0.25", "ride = 80.0"), "line 5", "ride = 80: must be -6..6 LU"),
        (('suits = ["Pop", "Rock", "Country"]', 'suits = "Pop"'), "line 3", "must be a list of texts"),
        (('title = "Balanced"', ""), "line 1", "title is missing: must be a text in quotes"),
        (("release_ms = 2.5", "ceiling_db = -3.0"), "line 22", "limiter.ceiling_db is not for a profile"),
        (("release_ms = 2.5", 'mode = "live"'), "line 22", "limiter.mode is not for a profile"),
        (("release_ms = 2.5", "bypass = true"), "line 22", "a master is always limited; leave it out"),
        (("ratio = 1.5", "intensity = 50.0"), "line", "the intensity that is asked for sets it"),
        (("ratio = 1.5", "target_63_db = 5.0"), "line", "target_63_db is not for a profile: [curve] sets it"),
        (("[dynamic_eq]", "[dynamic_eq"), "", "not valid TOML"),
    ],
)
def test_a_broken_profile_is_refused_with_its_file_and_line(
    tmp_path: Path, change: tuple[str, str], line: str, says: str
) -> None:
    assert change[0] in GOOD
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(*change))
    with pytest.raises(PresetError) as refused:
        load(path)
    message = str(refused.value)
    assert message.startswith("mine.toml")
    assert line in message
    assert says in message
    assert "\n" not in message


def test_what_is_neither_a_letter_nor_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PresetError, match=r"'q': must be one of a\.\.n or the path of a \.toml file"):
        load("q")
    (tmp_path / "mine.txt").write_text(GOOD)
    with pytest.raises(PresetError, match=r"mine\.txt': the name of a profile file must end in \.toml; rename it"):
        load(tmp_path / "mine.txt")
    (tmp_path / "mine.toml").write_text(GOOD)
    with pytest.raises(PresetError, match=r"mine': must be one of .*; there is .*mine\.toml"):
        load(tmp_path / "mine")
    with pytest.raises(PresetError, match="cannot be read: No such file"):
        load(tmp_path / "none.toml")


def test_a_profile_of_ones_own_goes_wherever_a_letter_does(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("20 = 0.0", "60 = 6.0\n300 = 0.0"))
    source = write(tmp_path / "in.wav", song(4.0))
    mine = master(source, tmp_path / "mine.wav", Settings(profile=str(path)))
    plain = master(source, tmp_path / "plain.wav", Settings(profile="i"))
    assert mine.profile == "mine"
    assert mine.eq_mean_db["63"] > plain.eq_mean_db["63"] + 1.0


def test_the_services_ask_for_what_the_field_agrees_on() -> None:
    known = {
        "spotify": (-14, -1), "spotify_loud": (-11, -2), "apple_music": (-16, -1), "youtube": (-14, -1),
        "tidal": (-14, -1), "amazon_music": (-14, -2), "deezer": (-15, -1), "soundcloud": (-14, -1),
        "pandora": (-14, -1), "qobuz": (-14, -1), "podcast": (-16, -1), "ebu_r128": (-23, -1), "atsc_a85": (-24, -2),
        "cd": (-9, -0.3),
    }  # fmt: skip
    assert {name: (row.loudness, row.true_peak) for name, row in deliveries().items()} == known
    assert delivery("Apple Music") == delivery("apple-music")


def test_what_is_loaded_cannot_be_changed_for_those_who_load_it_next() -> None:
    profile: Any = load("a")
    before = profile.values["limiter"]["release_ms"]
    with pytest.raises(TypeError, match="does not support item assignment"):
        profile.values["limiter"]["release_ms"] = 2.0
    with pytest.raises(TypeError, match="does not support item assignment"):
        profile.values["limiter"] = {}
    with pytest.raises(ValueError, match="read-only"):
        profile.curve_db[0] = 0.0
    own = profile.values["limiter"] | {"release_ms": 3.0}
    assert own["release_ms"] == 3.0
    assert load("a").values["limiter"]["release_ms"] == before
    targets: Any = deliveries()
    with pytest.raises(TypeError, match="does not support item assignment"):
        targets["spotify"] = targets["cd"]


@pytest.mark.parametrize("copied", [lambda p: pickle.loads(pickle.dumps(p)), copy.deepcopy])
def test_a_profile_can_be_sent_and_copied_and_is_frozen_there_too(copied: Any) -> None:
    twin = copied(load("a"))
    assert twin.values == load("a").values
    assert np.array_equal(twin.curve_db, load("a").curve_db)
    with pytest.raises(TypeError, match="does not support item assignment"):
        twin.values["limiter"]["release_ms"] = 2.0
    with pytest.raises(ValueError, match="read-only"):
        twin.curve_db[0] = 0.0
