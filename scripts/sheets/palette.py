"""The look of the sheet: one colour for before, one for after, one for what was asked; the rest is grey."""

from __future__ import annotations

import re
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

PAGE_INCHES = (11.69, 8.27)
"""A4, landscape."""

INK = "#1C2430"
MUTED = "#6B7685"
GRID = "#E3E7EC"
BEFORE = "#9AA5B4"
BEFORE_DARK = "#6F7C8E"
AFTER = "#0E7C86"
ASKED = "#D9822B"
ASKED_DARK = "#A8550B"
REDUCTION = "#B23A55"
DEAD_BAND = "#DDEBDD"

CUT_AND_LIFT = LinearSegmentedColormap.from_list(
    "cut and lift", ["#1F4E8C", "#6FA0D0", "#D6E4F0", "#FBFBFA", "#F7DDBF", "#E69A4C", "#A84A0E"]
)
"""Blue takes away, orange adds, white leaves alone."""

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "text.color": INK,
    "axes.edgecolor": "#C3CAD3",
    "axes.linewidth": 0.6,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 7,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 5.0,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "lines.solid_capstyle": "round",
    "svg.hashsalt": "masterchain",
}


def minus(text: str) -> str:
    """Return ``text`` with hyphens before digits set as minus signs."""
    return re.sub(r"(?<!\w)-(?=\d)", "\N{MINUS SIGN}", text)


def hertz(hz: float) -> str:
    """Return a frequency as it stands at an axis."""
    return f"{hz / 1000.0:.3g}k" if hz >= 1000.0 else f"{hz:.3g}"


def spectral(axes: Axes) -> None:
    """Have ``axes`` run from 20 Hz to 20 kHz on a log scale."""
    axes.set_xscale("log")
    axes.set_xlim(20.0, 20000.0)
    axes.set_xticks([20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: hertz(at)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())


def say(axes: Axes, text: str) -> None:
    """Write ``text`` in the middle of ``axes``, where there is nothing to draw."""
    axes.text(0.5, 0.5, text, color=MUTED, ha="center", va="center", transform=axes.transAxes)
