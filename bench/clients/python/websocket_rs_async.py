"""The asyncio client of websocket-rs from PyPI, on uvloop, with `on_message`.

A message is a view that has no type, so a string is made of it if the cell is text.
"""

from __future__ import annotations

import asyncio
import ssl

from callbacks import CallbackClient, Receiver
from job import Cell, Job
from measure import HIGH_WATER_MARK, Adapter
from websocket_rs import connect


class WebSocketRsClient(CallbackClient):
    def __init__(self, cell: Cell) -> None:
        super().__init__([Receiver(cell) for _ in range(cell.connections)])
        self.sockets = []

    async def open(self, url: str, context: ssl.SSLContext | None) -> WebSocketRsClient:
        for receiver in self.receivers:
            ws = await connect(url, ssl_context=context, on_message=on_message(receiver))
            receiver.send = receiver.send_text = ws.send
            self.sockets.append(ws)
        return self

    async def flood(self, messages: int) -> None:
        """Lets the event loop write at intervals, as the library does not report unsent bytes."""
        send, payload = self.sockets[0].send, self.receivers[0].cell.payload
        unsent = 0
        for _ in range(messages):
            send(payload)
            unsent += len(payload)
            if unsent >= HIGH_WATER_MARK:
                unsent = 0
                await asyncio.sleep(0)

    def close(self) -> None:
        for ws in self.sockets:
            ws.close()

    terminate = close


def on_message(receiver: Receiver):
    if receiver.cell.kind == "text":
        return lambda message: receiver.receive(str(message, "utf-8"))
    return lambda message: receiver.receive(message)


class WebSocketRs(Adapter):
    name = "websocket-rs (Python)"
    package = "websocket-rs"
    extras = ("uvloop",)

    def declines(self, cell: Cell, job: Job) -> bool:
        """Declines `connect`: its `close()` does not wait for the closing handshake."""
        return cell.workload == "connect"

    async def open(self, url: str, ca: str | None, cell: Cell) -> WebSocketRsClient:
        context = ssl.create_default_context(cafile=ca) if ca else None
        return await WebSocketRsClient(cell).open(url, context)


adapter = WebSocketRs()
