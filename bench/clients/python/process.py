"""The program of the case `process` on CPython, as process.ts: `process.py ADAPTER URL BYTES MESSAGES`."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys

from job import Cell
from measure import Adapter, settled


async def exchange(adapter: Adapter, url: str, cell: Cell) -> None:
    client = await settled(adapter.open(url, None, cell))
    await settled(client.echo(None))
    await settled(client.close())


def main(name: str, url: str, size: int, messages: int) -> None:
    adapter: Adapter = importlib.import_module(name).adapter
    program = exchange(adapter, url, Cell(f"process{messages}", size, "binary", 1))
    if not inspect.iscoroutinefunction(adapter.open):
        # Blocking clients need no event loop.
        asyncio.run(program)
        return
    import uvloop

    uvloop.run(program)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit("usage: process.py ADAPTER URL BYTES MESSAGES")
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
