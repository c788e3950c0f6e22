"""What a job document may hold, in words: what is right at each key, with the figures from where they are declared."""

from __future__ import annotations

from ...presets import LETTERS, deliveries
from ..mastering.outputs import MOST_OUTPUTS
from ..media import KINDS
from ..planning.settings import INTENSITY, LOUDNESS, TRUE_PEAK
from ..previews.window import DURATION_S

PREVIEW_PATH, MASTER_PATH = "/media/master/preview", "/media/master"

REMOTE = "dlb://key, http(s)://host/..., s3://bucket/key or file:///path"
_URL = f'a URL ({REMOTE}; a path in "masterchain run"), or an object with "url" and, if need be, "auth"'
AUTH = 'an object with "key" and "secret", or "username" and "password"'

RIGHT = {
    "": 'an object with "inputs" and "outputs"',
    "inputs": 'a list of one input, [{"source": URL}]',
    "inputs[]": 'an object with "source"',
    "outputs": f'a list of 1 to {MOST_OUTPUTS} outputs, [{{"destination": URL, "master": {{...}}}}]',
    "outputs[]": 'an object with "destination"',
    "source": _URL, "destination": _URL, "url": "a URL in quotes", "auth": AUTH,
    "segment": 'an object with "start" and "duration" in seconds',
    "start": "a number of seconds",
    "duration": f"a number of seconds, more than 0, {DURATION_S:g} at most",
    "kind": f"one of {', '.join(KINDS)}, or left out for the format of the source",
    "master": 'an object with "dynamic_eq", "loudness" and "stereo_image"',
    "dynamic_eq": 'an object with "enable", "preset" and "intensity"',
    "loudness": 'an object with "enable" and "target_level"',
    "stereo_image": 'an object with "enable"',
    "enable": "true or false",
    "preset": f"one of {LETTERS[0]}..{LETTERS[-1]}",
    "intensity": f"a number, {INTENSITY.lo:g}..{INTENSITY.hi:g} %",
    "target_level": f"a number, {LOUDNESS.lo:g}..{LOUDNESS.hi:g} LUFS, or null for the default",
    "true_peak": f"a number, {TRUE_PEAK.lo:g}..{TRUE_PEAK.hi:g} dBTP",
    "profile": f"one of {', '.join(deliveries())}",
    "on_complete": 'null, or an object with "url"',
    "headers": "an object",
    "path": f"{PREVIEW_PATH} or {MASTER_PATH}",
}  # fmt: skip
"""What is right, by key; ``[]`` marks the members of a list."""
