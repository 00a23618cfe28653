"""The threading client of websockets."""

from __future__ import annotations

import ssl

from blocking import BlockingClient, overflows
from job import Cell, Job
from measure import Adapter
from websockets_compression import check_extensions, compression_of
from websockets.sync.client import connect


class WebSocketsSyncClient(BlockingClient):
    def sender(self, ws):
        return ws.send

    def terminate(self) -> None:
        for ws in self.sockets:
            ws.socket.close()


class WebSocketsSync(Adapter):
    name = "websockets.sync"
    package = "websockets"

    def declines(self, cell: Cell, job: Job) -> bool:
        """Declines large bursts: a `send` that waits for the kernel holds the lock that the reading thread needs."""
        return overflows(cell)

    def open(self, url: str, ca: str | None, cell: Cell) -> WebSocketsSyncClient:
        options = {"ssl": ssl.create_default_context(cafile=ca)} if ca else {}
        sockets = [
            connect(
                url,
                **compression_of(cell),
                max_size=None,
                ping_interval=None,
                proxy=None,
                **options,
            )
            for _ in range(cell.connections)
        ]
        for ws in sockets:
            check_extensions(cell, ws.protocol)
        return WebSocketsSyncClient(cell, sockets)


adapter = WebSocketsSync()
