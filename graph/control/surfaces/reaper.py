"""REAPER moves the controls: a pattern file for its OSC device, and a plugin whose sliders are the controls.

The plugin stands first on REAPER's master track, does nothing to the sound, and has a slider per control, so envelopes
and MIDI of a project move them.  The pattern file sends these sliders, by number, and REAPER's transport.
"""

from __future__ import annotations

from ..console.console import Console
from ..osc.addresses import ROOT, address_of, movable

TRANSPORT = (("PLAY", "play"), ("STOP", "stop"), ("REPEAT", "loop"))


def reaper_patterns(console: Console) -> str:
    """Return the ``.ReaperOSC`` file for ``console``.

    Without the wildcards of track and FX REAPER sends the parameters of one FX: the selected, which is the first of
    the master track as long as no message selects another, and none here does.
    """
    paths = movable(console)
    known = console.controls.keys() | console.actions.keys()
    transport = [f"{action} t{address_of(path)}" for action, path in TRANSPORT if path in known]
    numbers = [f"#   {number:3d}  {path}" for number, path in enumerate(paths, start=1)]
    return "\n".join((
        "# masterchain: REAPER sends transport and the sliders of the plugin 'masterchain controls'.",
        "# Put the plugin first on the master track. Preferences > Control/OSC/web > Add > OSC:",
        "# device IP and port are masterchain's, local listen port the one given to it by --osc-to.",
        "# fxparam numbers:",
        *numbers,
        "",
        "DEVICE_TRACK_COUNT 1",
        "DEVICE_SEND_COUNT 1",
        "DEVICE_RECEIVE_COUNT 1",
        "DEVICE_FX_COUNT 1",
        f"DEVICE_FX_PARAM_COUNT {len(paths)}",
        "DEVICE_FX_INST_PARAM_COUNT 1",
        "REAPER_TRACK_FOLLOWS REAPER",
        "DEVICE_TRACK_FOLLOWS DEVICE",
        "DEVICE_TRACK_BANK_FOLLOWS DEVICE",
        "DEVICE_FX_FOLLOWS DEVICE",
        "",
        *transport,
        f"FX_PARAM_VALUE n{ROOT}/fxparam/@/value",
        "",
    ))  # fmt: skip


def reaper_plugin(console: Console) -> str:
    """Return the JSFX plugin for ``console``: a slider 0-1 per control, from where the control stands now."""
    sliders = [
        f"slider{number}:{console.unit(path):.6g}<0,1,0.00001>{path.replace('.', ' ')}"
        for number, path in enumerate(movable(console), start=1)
    ]
    return "\n".join(("desc:masterchain controls", *sliders, ""))
