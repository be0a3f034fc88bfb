"""Ten browsers of `bench_console`, in a process of their own. Arguments: PORT TOKEN KIND SECONDS."""

from __future__ import annotations

import asyncio
import sys
import time

import aiohttp

CLIENTS = 10
ASKS_PER_S = 4
#: What each client asks for, over and over; the overview comes by itself on the stream.
PAGES = {"api": "/api/pipelines/yard/image.jpg?width=640", "static": "/style.css"}


async def main(port: int, token: str, kind: str, seconds: float) -> None:
    """Ask for `seconds`. Raises when an answer is no success, so that nothing else is measured."""
    base = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession(base, headers={"Authorization": f"Bearer {token}"}) as session:
        ends_at_ticks = time.monotonic() + seconds
        asking = [_ask(session, PAGES[kind], ends_at_ticks) for _ in range(CLIENTS)]
        listening = [asyncio.create_task(_listen(session)) for _ in range(CLIENTS)] if kind == "api" else []
        await asyncio.gather(*asking)
        for task in listening:
            task.cancel()


async def _ask(session: aiohttp.ClientSession, page: str, ends_at_ticks: float) -> None:
    while time.monotonic() < ends_at_ticks:
        async with session.get(page) as response:
            response.raise_for_status()
            await response.read()
        await asyncio.sleep(1 / ASKS_PER_S)


async def _listen(session: aiohttp.ClientSession) -> None:
    async with session.get("/api/stream", timeout=aiohttp.ClientTimeout(total=None)) as response:
        response.raise_for_status()
        async for _ in response.content:
            pass


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4])))
