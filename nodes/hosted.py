"""Any pedalboard plugin, VST3 included, as a node."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .base import Block, Node, Spec
from .hosting.plugin_copies import make_copyable, vst3_twin
from .kernels.blocks import clean
from .kernels.pointers import address_of

IN_WHOLE_BLOCKS = ("Convolution", "GSMFullRateCompressor", "MP3Compressor", "PitchShift", "Resample")
"""Built-in plugins whose sound, or whose number of frames, depends on how the input is cut."""

SMALLEST = 64
"""A block with no more frames than channels would be taken for its transpose, so priming uses at least this many."""

ASKED = 1024
"""Parameters of one plugin that may be scheduled."""

STEADY = 16384
"""Frames without further delay after which a plugin that answers irregularly counts as measured."""

LONGEST = 30.0
"""Seconds of silence after which a plugin that has given nothing back counts as broken."""


def is_plugin(item: Any) -> bool:
    """Say whether ``item`` is a plugin of pedalboard; there is none before somebody imports pedalboard."""
    pedalboard = sys.modules.get("pedalboard")
    return pedalboard is not None and isinstance(item, pedalboard.Plugin)


class Hosted(Node):
    """Run a pedalboard plugin under the node contract, in float32 as pedalboard does.

    What pedalboard leaves to its caller is done here: the plugin is primed with the largest block, so that a longer
    one does not clear its state; its latency is measured; every block comes back whole; small blocks are not taken for
    their transpose; one stream leaves nothing in the next.  The plugin's own parameters are attributes of this node.

    A plugin whose sound depends on how the input is cut gets whole blocks of ``max_block`` frames, which adds
    ``max_block - 1`` to the latency: those of ``IN_WHOLE_BLOCKS``, and any other with ``whole_blocks=True``.  A VST3
    may be one: pedalboard can't tell.  What it can't promise: a plugin with a free-running modulation (an LFO, noise)
    starts a stream where the last left it, and GSMFullRateCompressor and PitchShift streamed differ from
    pedalboard's one-shot call, as they do in pedalboard.  A ``pedalboard.Mix`` with latent branches is misaligned by
    pedalboard: use ``graph.Parallel``.

    A VST3 that takes one channel only runs once per channel: give it as ``[left, right]``, or it is looked up among
    the installed ones by its name.  A parameter that changes the plugin's latency waits for the next ``prepare``.
    """

    id = "hosted"

    def __init__(self, plugin: Any = None, *, whole_blocks: bool | None = None, bypass: bool = False) -> None:
        several = isinstance(plugin, Sequence) and not is_plugin(plugin)
        self.plugins: list[Any] = list(plugin) if several else [] if plugin is None else [plugin]
        for one in self.plugins:
            if not is_plugin(one):
                raise TypeError(f"hosted: {one!r} is not an instance of a pedalboard plugin")
        if self.plugins:
            make_copyable()
        self._whole = _in_whole_blocks(self.plugins) if whole_blocks is None else whole_blocks
        self._per_channel = several
        self._routes: list[_Route] = []
        self._asked, self._asked_names, self._asked_values = np.zeros(ASKED), list[str](), dict[int, Any]()
        self._last_token = 0
        super().__init__(bypass=bypass)

    @property
    def plugin(self) -> Any:
        """The plugin, of several the first, or ``None``."""
        return self.plugins[0] if self.plugins else None

    def has(self, name: str) -> bool:
        """Say whether the plugin has the parameter ``name``."""
        return not name.startswith("_") and hasattr(self.plugin, name)

    def _exclusive(self) -> list[Any]:
        return [self, *self.plugins]

    def ask(self, name: str, value: Any) -> tuple[int, float]:
        """Return the address and the number that, put there by compiled code, set the plugin's ``name`` to ``value``.

        It holds from the next block on.  Raises ``ValueError`` for more than ``ASKED`` different names.
        """
        if name not in self._asked_names:
            if len(self._asked_names) == ASKED:
                raise ValueError(f"hosted: more than {ASKED} parameters of {self.plugin!r} are scheduled")
            self._asked_names.append(name)
        self._last_token += 1
        token = self._last_token
        self._asked_values[token] = value
        return address_of(self._asked) + 8 * self._asked_names.index(name), float(token)

    def withdraw(self, token: float) -> None:
        """Forget the value that ``ask`` gave the number ``token`` for, unless it is already set."""
        self._asked_values.pop(int(token), None)

    def _obey(self) -> None:
        """Set what was asked for."""
        for place, name in enumerate(self._asked_names):
            if self._asked[place]:
                token, self._asked[place] = int(self._asked[place]), 0.0
                setattr(self, name, self._asked_values.pop(token))

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and self.__dict__.get("plugins"):
            return getattr(self.plugins[0], name)
        raise AttributeError(f"hosted has no {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or name in ("plugins", "spec", "values") or hasattr(type(self), name):
            super().__setattr__(name, value)
        elif self.has(name):
            for plugin in self.plugins:
                setattr(plugin, name, value)
        else:
            raise AttributeError(f"hosted: {self.plugin!r} has no parameter {name!r}")

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {
            "_routes": [],
            "_asked": np.zeros(ASKED),
            "_asked_names": [],
            "_asked_values": {},
        }

    def __repr__(self) -> str:
        return f"Hosted({self.plugin!r})"

    def _prepare(self, spec: Spec) -> int:
        self._routes = self._spread(spec) if self.plugins else []
        missing = max((route.measure(self._whole) for route in self._routes), default=0)
        if not self._whole:
            return missing
        # An input that fills up to a whole block, and what came back of earlier ones, waiting to go out.  A plugin that
        # was rewound by silence delays by itself: only what it keeps back has to be put in front of its output.
        self._first = spec.max_block - 1 + (0 if any(route.external for route in self._routes) else missing)
        self._feed = np.zeros((spec.channels, spec.max_block))
        self._ready = np.zeros((spec.channels, 2 * self._first + 8 * spec.max_block))
        return missing + spec.max_block - 1

    def _reset(self) -> None:
        for route in self._routes:
            route.rewind()
        if self._whole:
            self._ready[:] = 0.0
            self._filled, self._begin, self._end = 0, 0, self._first

    def _process(self, block: Block) -> None:
        if not self._routes:
            return
        self._obey()
        self._follow()
        if self._whole:
            self._process_whole(block)
        else:
            for route in self._routes:
                route.run(block)
        clean(block)

    def _process_whole(self, block: Block) -> None:
        """Feed the plugin when a whole block has come in, and give out what is ready, frame for frame."""
        start, size = 0, self._feed.shape[1]
        while start < block.shape[1]:
            n = min(block.shape[1] - start, size - self._filled)
            part = block[:, start : start + n]
            self._feed[:, self._filled : self._filled + n] = part
            self._filled += n
            if self._filled == size:
                self._filled = 0
                self._take_back([route.run(self._feed) for route in self._routes][-1])
            part[:] = self._ready[:, self._begin : self._begin + n]
            self._begin += n
            start += n

    def _take_back(self, given: int) -> None:
        """Put the last ``given`` frames of the plugin's block behind those that wait to go out."""
        if self._end + given > self._ready.shape[1]:
            waiting = self._end - self._begin
            self._ready[:, :waiting] = self._ready[:, self._begin : self._end]
            self._begin, self._end = 0, waiting
        self._ready[:, self._end : self._end + given] = self._feed[:, self._feed.shape[1] - given :]
        self._end += given

    def _spread(self, spec: Spec) -> list[_Route]:
        """Return the plugin primed for all channels, for a doubled mono channel, or an instance for each channel."""
        if self._per_channel:
            if len(self.plugins) != spec.channels:
                raise ValueError(f"hosted: {len(self.plugins)} plugins, one a channel, but {spec.channels} channels")
            return [_Route(plugin, spec, [c]) for c, plugin in enumerate(self.plugins)]
        plugin = self.plugins[0]
        try:
            return [_Route(plugin, spec, list(range(spec.channels)))]
        except ValueError as error:
            refused = ValueError(f"hosted: {_named(plugin)} does not take {spec.channels} channels: {error}")
            try:
                first = _Route(plugin, spec, [0, 0] if spec.channels == 1 else [0])
            except ValueError:
                raise refused from error
        if len(self.plugins) < spec.channels:
            self.plugins += [_twin(plugin) for _ in range(spec.channels - len(self.plugins))]
        twins = self.plugins[1 : spec.channels]
        return [first, *(_Route(twin, spec, [c]) for c, twin in enumerate(twins, start=1))]

    def _follow(self) -> None:
        """Give the twins of a mono plugin the parameters that were set on it directly."""
        for twin in self.plugins[1:] if not self._per_channel else ():
            for name, parameter in self.plugins[0].parameters.items():
                if twin.parameters[name].raw_value != parameter.raw_value:
                    twin.parameters[name].raw_value = parameter.raw_value


class _Route:
    """One instance of a plugin, primed for the channels ``rows`` of a block."""

    def __init__(self, plugin: Any, spec: Spec, rows: list[int]) -> None:
        import pedalboard  # loaded where a plugin is hosted

        self._plugin, self._spec, self._rows = plugin, spec, rows
        # Reset through the inner chain, the outer board remembers the layout and the plugin its largest block.
        self._inner = pedalboard.Chain([plugin])
        self._board = pedalboard.Pedalboard([self._inner])
        self._silence = np.zeros((len(rows), max(spec.max_block, SMALLEST)), np.float32)
        self.external = any(isinstance(one, pedalboard.ExternalPlugin) for one in _leaves([plugin]))
        self._call(self._silence, reset=True)

    def _call(self, audio: NDArray[np.float32], reset: bool = False) -> NDArray[np.float32]:
        out: NDArray[np.float32] = self._board(
            audio, self._spec.sample_rate, buffer_size=self._silence.shape[1], reset=reset
        )
        return out

    def measure(self, whole: bool) -> int:
        """Return how many frames the plugin keeps back at most; ``RuntimeError`` if it gives nothing at all."""
        size = self._spec.max_block if whole else self._silence.shape[1]
        self._inner.reset()
        missing = most = steady = 0
        for _ in range(int(LONGEST * self._spec.sample_rate / size) + 2):
            missing += size - self._call(self._silence[:, :size]).shape[1]
            steady = 0 if missing > most else steady + size
            most = max(most, missing)
            if steady > (STEADY if whole else 0):
                return int(most)
        raise RuntimeError(f"hosted: {_named(self._plugin)} gave nothing back in {LONGEST:g} s of silence")

    def rewind(self) -> None:
        """Forget all audio, keep the largest block."""
        self._inner.reset()
        # An external plugin also forgets its largest block and its latency shows only now: silence restores both.
        while self.external and self._call(self._silence).shape[1] < self._silence.shape[1]:
            pass

    def run(self, block: Block) -> int:
        """Process its rows of ``block`` in place; return how many frames came back, at the end of the block."""
        out = self._call(block[self._rows].astype(np.float32))
        late = block.shape[1] - out.shape[1]
        block[self._rows, :late] = 0.0
        block[self._rows, late:] = out
        return int(out.shape[1])


def _leaves(plugins: Sequence[Any]) -> list[Any]:
    """Return the plugins themselves, however deep they are nested in pedalboard's containers."""
    import pedalboard

    found: list[Any] = []
    for plugin in plugins:
        found += _leaves(list(plugin)) if isinstance(plugin, pedalboard.PluginContainer) else [plugin]
    return found


def _in_whole_blocks(plugins: Sequence[Any]) -> bool:
    return any(type(plugin).__name__ in IN_WHOLE_BLOCKS for plugin in _leaves(plugins))


def _named(plugin: Any) -> str:
    return str(getattr(plugin, "name", type(plugin).__name__))


def _twin(plugin: Any) -> Any:
    """Return a second instance of a VST3 in the same state, or raise ``ValueError``."""
    try:
        return vst3_twin(plugin)
    except (TypeError, ValueError):
        raise ValueError(
            f"hosted: {_named(plugin)} takes one channel and is not among the installed VST3s: "
            "give one instance for each channel, Hosted([left, right])"
        ) from None
