"""``master_array``: arrays in, arrays out, by the same driver as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from masterchain.graph import Cancelled, MediaError, Settings, master, master_array
from songs import song

RATE = 48000
MUSIC = song(3.0, RATE)
SETTINGS = Settings(profile="a", loudness=-16.0)


def test_it_is_what_a_master_of_the_file_is(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "in.wav", MUSIC.T, RATE, subtype="DOUBLE")
    of_file = master(tmp_path / "in.wav", tmp_path / "out.wav", SETTINGS)
    y, result = master_array(MUSIC, RATE, SETTINGS)
    assert np.array_equal(y, soundfile.read(tmp_path / "out.wav", dtype="float64")[0].T)
    assert (result.levels_before, result.levels_after) == (of_file.levels_before, of_file.levels_after)
    assert result.limits == of_file.limits
    assert result.levels_after.loudness == pytest.approx(-16.0, abs=0.05)
    assert "audio in memory" in str(result)
    assert result.to_dict()["output_format"] == {"sample_rate": RATE, "channels": 2, "dtype": "float64"}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layout_length_and_type_are_those_of_the_input(dtype: Any) -> None:
    x = MUSIC.astype(dtype)
    rows, _ = master_array(x, RATE, SETTINGS)
    columns, _ = master_array(np.ascontiguousarray(x.T), float(RATE), SETTINGS)
    mono, result = master_array(x[0], RATE, SETTINGS)
    assert (rows.shape, columns.shape, mono.shape) == (x.shape, x.T.shape, x[0].shape)
    assert {rows.dtype, columns.dtype, mono.dtype} == {np.dtype(dtype)}
    assert np.array_equal(rows, columns.T)
    assert result.channels == 1


def test_the_input_is_left_alone_and_the_settings_may_be_left_out() -> None:
    x = MUSIC.copy()
    _, result = master_array(x, RATE)
    assert np.array_equal(x, MUSIC)
    assert (result.profile, result.target) == ("i", -14.0)


def spoilt(value: float) -> Any:
    x = MUSIC.copy()
    x[1, 1234] = value
    return x


@pytest.mark.parametrize(
    ("audio", "rate", "error", "said"),
    [
        (spoilt(np.nan), RATE, MediaError, "holds 1 samples of NaN or infinity, the first in channel 1 at frame 1234"),
        (spoilt(-np.inf), RATE, MediaError, "NaN or infinity"),
        (np.zeros((2, 0)), RATE, MediaError, "is empty"),
        (np.zeros(0), RATE, MediaError, "is empty"),
        (np.zeros((9, 100)), RATE, MediaError, "has 9 channels; must be 1..8"),
        (np.zeros((1, 2, 3)), RATE, ValueError, "must be (channels, frames), (frames, channels) or (frames,)"),
        ((MUSIC * 32767).astype(np.int16), RATE, TypeError, "audio is int16: must be float32 or float64"),
        (MUSIC.tolist(), RATE, TypeError, "audio is a list: must be a numpy array"),
        (MUSIC, 0, MediaError, "sample_rate = 0: must be 8000..384000 Hz"),
        (MUSIC, 44100.5, MediaError, "sample_rate = 44100.5: must be 8000..384000 Hz, and a whole number"),
        (MUSIC, float("nan"), MediaError, "sample_rate = nan"),
        (MUSIC, None, MediaError, "sample_rate = None"),
        (RATE, MUSIC, TypeError, "audio is a int: must be a numpy array"),
    ],
)
def test_what_cannot_be_mastered_is_refused_clearly(audio: Any, rate: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error) as caught:
        master_array(audio, rate)
    assert said in str(caught.value)


def test_it_reports_progress_and_can_be_cancelled() -> None:
    stages: list[str] = []
    master_array(MUSIC, RATE, SETTINGS, progress=lambda stage, share: stages.append(stage))
    assert list(dict.fromkeys(stages)) == ["analyse", "measure", "render"]
    with pytest.raises(Cancelled):
        master_array(MUSIC, RATE, SETTINGS, cancelled=lambda: True)
