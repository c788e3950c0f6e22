"""Control: what OSC, MIDI and the screen move, and the console that they share."""

from .console.console import Console
from .console.controls import Action, Control, ControlError, chain_controls, named
from .console.readings import Readings

__all__ = ["Action", "Console", "Control", "ControlError", "Readings", "chain_controls", "named"]
