"""``masterchain profiles``."""

from __future__ import annotations

import json

from ...presets import load, names
from ..shell.tables import show, table


def print_profiles(as_json: bool) -> None:
    """Print letter, title, sound and use of every built-in profile."""
    profiles = [(name, load(name)) for name in names()]
    if as_json:
        rows = [{"profile": n, "title": p.title, "sound": p.sound, "suits": list(p.suits)} for n, p in profiles]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    listed = table("", "Title", "Sound", "Suited for")
    for name, profile in profiles:
        listed.add_row(name, profile.title, profile.sound, ", ".join(profile.suits))
    show(listed)
