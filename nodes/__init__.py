"""Signal-processing nodes.  Nothing here knows of graphs, presets, files or control."""

from .base import Block, Node, Spec
from .params import Choice, Declared, Param, ParamError, Switch

__all__ = ["Block", "Choice", "Declared", "Node", "Param", "ParamError", "Spec", "Switch"]
