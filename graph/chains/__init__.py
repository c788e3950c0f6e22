"""Nodes made of nodes: in series, side by side, as mid and side, and the chain of a profile."""
