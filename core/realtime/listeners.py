from typing import Protocol


class Listener(Protocol):
    """A socket, as the hub knows it. ``connection`` tells it from all others, also of other processes."""

    user_id: int
    connection: str

    async def hand_out(self, topic: str, text: str) -> None: ...

    async def hand_out_here(self, topic: str, text: str) -> None: ...

    async def look_at_the_clock(self, now: float) -> None: ...
