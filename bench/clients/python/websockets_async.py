"""The asyncio client of websockets, on uvloop, with `send` and `recv`, and no limit of its receive queue.

With the default limit of 16 messages, it stops reading while a burst is being sent, and the burst never completes.
"""

from __future__ import annotations

import asyncio
import ssl
from time import monotonic_ns

from job import Cell
from measure import Adapter, Client, Times, check
from websockets_compression import check_extensions, compression_of
from websockets.asyncio.client import ClientConnection, connect


class WebSocketsClient(Client):
    def __init__(self, cell: Cell, sockets: list[ClientConnection]) -> None:
        self.cell = cell
        self.sockets = sockets
        # Messages of each connection in earlier passes.
        self.before = 0

    async def echo(self, times: Times | None) -> None:
        before = self.before
        self.before += self.cell.share
        if times is not None:
            await self.timed_echo(times, before)
        elif len(self.sockets) == 1:
            await self.echo_on(self.sockets[0], before)
        else:
            await asyncio.gather(*(self.echo_on(ws, before) for ws in self.sockets))

    async def echo_on(self, ws: ClientConnection, before: int) -> None:
        cell, payload_at, sent = self.cell, self.cell.payload_after(before), self.cell.in_flight
        for number in range(sent):
            await ws.send(payload_at(number))
        for received in range(cell.share):
            message = await ws.recv()
            if sent < cell.share:
                await ws.send(payload_at(sent))
                sent += 1
            if received == 0:
                check(message, cell.echo_size)
        check(message, cell.echo_size)

    async def timed_echo(self, times: Times, before: int) -> None:
        (ws,), payload_at, size = self.sockets, self.cell.payload_after(before), self.cell.echo_size
        for received in range(self.cell.share):
            sent_at = monotonic_ns()
            await ws.send(payload_at(received))
            message = await ws.recv()
            times.note(sent_at, message)
            if received == 0:
                check(message, size)
        check(message, size)

    async def receive(self, messages: int) -> None:
        (ws,) = self.sockets
        for _ in range(messages):
            message = await ws.recv()
        check(message, self.cell.size)

    async def flood(self, messages: int) -> None:
        (ws,), payload = self.sockets, self.cell.payload
        for _ in range(messages):
            await ws.send(payload)

    async def ask(self, text: str) -> str:
        (ws,) = self.sockets
        await ws.send(text)
        return await ws.recv()

    async def close(self) -> None:
        for ws in self.sockets:
            await ws.close()

    def terminate(self) -> None:
        for ws in self.sockets:
            ws.transport.abort()


class WebSockets(Adapter):
    name = "websockets"
    package = "websockets"
    extras = ("uvloop",)
    has_loop = True

    async def open(self, url: str, ca: str | None, cell: Cell) -> WebSocketsClient:
        options = {"ssl": ssl.create_default_context(cafile=ca)} if ca else {}
        # The limit of the receive queue makes a flood wait. Without it, memory would grow without bound.
        queue = 16 if cell.workload == "source" else None
        sockets = [
            await connect(
                url,
                **compression_of(cell),
                max_size=None,
                max_queue=queue,
                ping_interval=None,
                proxy=None,
                **options,
            )
            for _ in range(cell.connections)
        ]
        for ws in sockets:
            check_extensions(cell, ws.protocol)
        return WebSocketsClient(cell, sockets)


adapter = WebSockets()
