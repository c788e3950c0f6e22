"""The transport over MIDI: clock with its tempo, song position, and machine control (MMC)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import mido
import numpy as np

CLOCKS_A_BEAT = 24
CLOCKS_A_STEP = 6
"""Song position counts sixteenth notes."""

MEASURED = 4 * CLOCKS_A_BEAT
SLOWEST, FASTEST = 20.0, 400.0
LONGEST_CLOCK_S = 60.0 / (CLOCKS_A_BEAT * SLOWEST)
"""No clock for so long: it has stopped, and what comes then is a new one."""

MMC, EVERY_DEVICE = 0x06, 0x7F
LOCATE, TARGET, TARGET_BYTES = 0x44, 0x01, 6
FRAME_RATES = (24.0, 25.0, 30.0 / 1.001, 30.0)
"""By the two bits above the hours; the third is drop-frame."""

Does = Literal["start", "continue", "pause", "stop", "locate"]
MMC_DOES: dict[int, Does] = {0x01: "stop", 0x02: "continue", 0x03: "continue", 0x09: "pause"}


@dataclass(frozen=True, slots=True)
class Transport:
    """What a transport is told: ``start`` from the beginning, ``continue``, ``pause``, ``stop``, ``locate``.

    ``seconds`` says where to locate; song positions are ``sixteenths``, whose seconds depend on the tempo.
    """

    does: Does
    seconds: float = 0.0
    sixteenths: int | None = None


class Clock:
    """The tempo of a MIDI clock: a line fitted through the last four beats, so that jitter averages out."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=MEASURED + 1)

    def tick(self, now: float) -> None:
        """Take a clock message, 24 a beat, that came at ``now`` in seconds."""
        if self._times and not 0.0 <= now - self._times[-1] <= LONGEST_CLOCK_S:
            self._times.clear()
        self._times.append(now)

    def tempo(self, now: float) -> float | None:
        """Return the tempo in beats a minute; None within the first beat, when no clock comes or no music is so."""
        times = np.array(tuple(self._times))  # a copy made at once: others may ask while clocks come
        if len(times) <= CLOCKS_A_BEAT or now - times[-1] > LONGEST_CLOCK_S:
            return None
        steps = np.arange(len(times)) - 0.5 * (len(times) - 1)
        interval = float(steps @ times / (steps @ steps))
        tempo = 60.0 / (CLOCKS_A_BEAT * interval) if interval > 0.0 else 0.0
        return tempo if SLOWEST <= tempo <= FASTEST else None


def heard(message: mido.Message, device: int) -> list[Transport] | None:
    """Return what ``message`` tells the transport; None if it is no message of the transport.

    ``device`` is our MMC device id 0..127; 127 hears all.  Raises ``ValueError`` for machine control that is cut short.
    """
    if message.type == "sysex":
        return list(machine_control(vars(message)["data"], device))
    if message.type == "songpos":
        return [Transport("locate", sixteenths=vars(message)["pos"])]
    if message.type == "stop":
        return [Transport("pause")]
    if message.type in ("start", "continue"):
        return [Transport("start" if message.type == "start" else "continue")]
    return None


def machine_control(data: Sequence[int], device: int) -> Iterator[Transport]:
    """Yield what the ``data`` of a sysex tell, if they are machine control for our ``device`` or for every one.

    Several commands may stand in one message; of those that are not ours the length is known, and they are passed over.
    Raises ``ValueError`` for a command that is cut short.
    """
    if len(data) < 4 or data[0] != 0x7F or data[2] != MMC:
        return
    if EVERY_DEVICE not in (device, data[1]) and data[1] != device:
        return
    i = 3
    while i < len(data):
        command, i = data[i], i + 1
        if 0x40 <= command < 0x78:  # these say how many bytes follow
            if i >= len(data) or i + 1 + data[i] > len(data):
                raise ValueError(f"MMC command {command:02X} is cut short")
            information, i = data[i + 1 : i + 1 + data[i]], i + 1 + data[i]
            if command == LOCATE and len(information) >= TARGET_BYTES and information[0] == TARGET:
                yield Transport("locate", timecode_seconds(information[1:]))
        elif command in MMC_DOES:
            yield Transport(MMC_DOES[command])


def timecode_seconds(code: Sequence[int]) -> float:
    """Return the seconds of ``(hours, minutes, seconds, frames, hundredths)`` as MMC writes them.

    The hours carry the frame rate.  Drop-frame code leaves out two numbers a minute, but not each tenth minute.
    """
    hours, rate = code[0] & 0x1F, FRAME_RATES[code[0] >> 5 & 3]
    minutes, seconds, frames, hundredths = code[1] & 0x3F, code[2] & 0x3F, code[3] & 0x1F, code[4]
    nominal = round(rate)
    counted = ((hours * 60 + minutes) * 60 + seconds) * nominal + frames + hundredths / 100.0
    if rate != nominal:
        counted -= 2 * (60 * hours + minutes - (60 * hours + minutes) // 10)
    return counted / rate
