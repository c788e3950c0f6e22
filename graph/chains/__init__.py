"""Nodes made of nodes: in series, side by side, as mid and side, and the chain of a profile."""

from .chain import Chain
from .mid_side import MidSide
from .parallel import Delta, DryWet, Parallel, delta, dry_wet
from .profile_chain import profile_chain

__all__ = ["Chain", "Delta", "DryWet", "MidSide", "Parallel", "delta", "dry_wet", "profile_chain"]
