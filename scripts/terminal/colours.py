"""The colours of the screen: the sheet's (``palette``), light enough for a dark terminal.

Nothing is said by colour alone: without colours (NO_COLOR) marks, letters and places say the same.
"""

from __future__ import annotations

BACK = "#0F141B"
RAISED = "#1B2430"
INK = "#E6EBF1"
MUTED = "#8693A5"
GRID = "#3A4656"
BEFORE = "#A3AEBD"
AFTER = "#2FB3BF"
AFTER_SLOW = "#1F858E"
ASKED = "#E5923C"
REDUCTION = "#DE5F7D"
