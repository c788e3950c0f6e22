"""Copies of pedalboard's plugins, which pedalboard itself neither copies nor pickles: the class and its settings.

pedalboard is loaded where a plugin is hosted, which is when it has been loaded already.
"""

from __future__ import annotations

import copyreg
import re
from collections.abc import Iterator
from functools import cache
from pathlib import PurePath
from typing import Any


@cache
def make_copyable() -> None:
    """Have ``copy.deepcopy`` and ``pickle`` take pedalboard's plugins from now on."""
    import pedalboard

    for kind in _classes_below(pedalboard.Plugin):
        copyreg.pickle(kind, _recipe)


def vst3_twin(plugin: Any) -> Any:
    """Return a second instance of a VST3 in the same state; raise ``ValueError`` if it is not among the installed."""
    create, arguments = _recipe(plugin)
    return create(*arguments)


def _installed_vst3(name: str, identifier: str, state: bytes, knobs: dict[str, float]) -> Any:
    import pedalboard

    vst3: Any = pedalboard.VST3Plugin
    for path in vst3.installed_plugins:
        if PurePath(path).stem == name:
            plugin: Any = pedalboard.load_plugin(path)
            if plugin.identifier == identifier:
                plugin.raw_state = state
                for knob, at in knobs.items():
                    plugin.parameters[knob].raw_value = at
                return plugin
    raise ValueError(f"hosted: {name} is not among the installed VST3s")


def _recipe(plugin: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return what is called with what to make a plugin like ``plugin``; raise ``TypeError`` where that is not told."""
    import pedalboard

    kind = type(plugin)
    if isinstance(plugin, pedalboard.PluginContainer):
        return kind, (list(plugin),)
    if isinstance(plugin, pedalboard.VST3Plugin):
        vst3: Any = plugin
        # What was moved since the last block stands in the parameters only, not yet in the state.
        knobs = {name: parameter.raw_value for name, parameter in vst3.parameters.items()}
        return _installed_vst3, (plugin.name, plugin.identifier, plugin.raw_state, knobs)
    values = {name: getattr(plugin, name, None) for name in _keywords(kind)}
    # An impulse response that came as an array has a sample rate that pedalboard does not tell.
    unknown = [name for name, value in values.items() if value is None and name != "sample_rate"]
    if unknown or isinstance(plugin, pedalboard.ExternalPlugin):
        what = f"its {', '.join(unknown)}" if unknown else "its state"
        raise TypeError(f"hosted: a copy of {plugin!r} cannot be made: pedalboard does not tell {what}")
    return _built, (kind, values)


def _built(kind: Any, values: dict[str, Any]) -> Any:
    return kind(**values)


def _keywords(kind: Any) -> list[str]:
    """Return the names that the constructor of a plugin of pedalboard takes, as its docstring tells them."""
    signature = (kind.__init__.__doc__ or "").partition("\n")[0]
    return re.findall(r", (\w+): ", signature)


def _classes_below(kind: Any) -> Iterator[Any]:
    for below in kind.__subclasses__():
        yield below
        yield from _classes_below(below)
