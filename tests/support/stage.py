"""A running terminal view of a rehearsal, with what presses its keys and reads its panes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from masterchain.scripts.terminal.panes import Pane
from masterchain.scripts.terminal.screen import LiveScreen
from rehearsal import LENGTH_S, Rehearsal
from textual.events import Key
from textual.pilot import Pilot

Play = Callable[["Stage"], Awaitable[None]]


class Stage:
    """A running screen with its pilot."""

    def __init__(self, house: Rehearsal, app: LiveScreen, pilot: Pilot[None]) -> None:
        self.house, self.console, self.app, self.pilot = house, house.console, app, pilot

    async def press(self, *keys: str) -> None:
        """Press ``keys`` as a terminal sends them; ``Pilot.press`` takes a tenth of a second for each."""
        for key in keys:
            self.app.post_message(Key(key, key if len(key) == 1 else " " if key == "space" else None))
        await self.pilot.pause()
        self.app.hands.wait()
        await self.look()

    async def look(self) -> None:
        self.app.look()
        await self.pilot.pause()

    def shown(self, name: str) -> str:
        return self.app.query_one(f"#{name}", Pane).shown

    @property
    def message(self) -> str:
        return self.shown("line")[:50].strip()


def on_stage(play: Play, size: tuple[int, int] = (80, 24), session: bool = True, **shown: Any) -> None:
    async def perform() -> None:
        house = Rehearsal(session)
        settings: dict[str, Any] = {"title": "Song", "target_lufs": -14.0}
        settings |= {"length_s": LENGTH_S} if session else {}
        app = LiveScreen(house.console, **(settings | shown))
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await play(Stage(house, app, pilot))

    asyncio.run(perform())
