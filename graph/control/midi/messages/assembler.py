"""MIDI bytes as they come off a wire, put together into messages: running status, real-time in between, garbage."""

from __future__ import annotations

from collections.abc import Iterable

import mido

LONGEST_SYSEX = 65536
"""A longer system exclusive is dropped, so that a stream that never ends one does not eat the memory."""

DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
COMMON_DATA_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0}
SYSEX, END = 0xF0, 0xF7
REAL_TIME = frozenset((0xF8, 0xFA, 0xFB, 0xFC, 0xFE, 0xFF))


class Assembler:
    """Turns bytes into ``mido`` messages, whatever pieces they come in (MIDI 1.0, "Data format", running status).

    A channel message may leave out a status equal to the last one; real-time bytes may stand anywhere, inside other
    messages too, and disturb nothing; a status byte ends what was unfinished.  ``malformed`` counts what was no MIDI:
    data bytes that belong to no status (a run of them is one), messages and sysex cut short or too long, undefined
    statuses.
    """

    def __init__(self) -> None:
        self.malformed = 0
        self._status = 0  # 0: none, data bytes are stray
        self._data = bytearray()
        self._stray = False

    def feed(self, data: Iterable[int]) -> list[mido.Message]:
        """Return the messages that ``data`` completes, in their order."""
        done: list[mido.Message] = []
        for byte in data:
            if byte < 0x80:
                self._take_data(byte, done)
            elif byte >= 0xF8:
                if byte in REAL_TIME:
                    done.append(mido.Message.from_bytes((byte,)))
                else:
                    self.malformed += 1
            else:
                self._take_status(byte, done)
        return done

    def _take_data(self, byte: int, done: list[mido.Message]) -> None:
        if not self._status:
            if not self._stray:
                self.malformed += 1
            self._stray = True
            return
        self._data.append(byte)
        if self._status == SYSEX:
            if len(self._data) > LONGEST_SYSEX:
                self._forget(malformed=True)
                self._stray = True
        elif len(self._data) == self._wanted():
            done.append(mido.Message.from_bytes((self._status, *self._data)))
            self._data.clear()
            if self._status >= SYSEX:  # only channel messages run on
                self._forget()

    def _take_status(self, byte: int, done: list[mido.Message]) -> None:
        self._stray = False
        if byte == END:
            if self._status == SYSEX:
                done.append(mido.Message.from_bytes((SYSEX, *self._data, END)))
                self._forget()
            else:
                self._forget(malformed=True)
            return
        if self._status == SYSEX or self._data:
            self._forget(malformed=True)
        if byte < SYSEX or byte == SYSEX or byte in COMMON_DATA_BYTES:
            self._status = byte
            if self._wanted() == 0:
                done.append(mido.Message.from_bytes((byte,)))
                self._forget()
        else:
            self._forget(malformed=True)

    def _wanted(self) -> int:
        """Return how many data bytes the status takes; -1 for sysex, which says itself when it ends."""
        if self._status < SYSEX:
            return DATA_BYTES[self._status >> 4]
        return COMMON_DATA_BYTES.get(self._status, -1)

    def _forget(self, malformed: bool = False) -> None:
        self.malformed += malformed
        self._status = 0
        self._data.clear()
