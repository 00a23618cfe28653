"""The blocking client of websocket-rs from PyPI."""

from __future__ import annotations

from blocking import BlockingClient, overflows
from job import Cell, Job
from measure import Adapter
from websocket_rs.sync.client import connect


class WebSocketRsSyncClient(BlockingClient):
    def sender(self, ws):
        return ws.send


class WebSocketRsSync(Adapter):
    name = "websocket-rs.sync (Python)"
    package = "websocket-rs"

    def declines(self, cell: Cell, job: Job) -> bool:
        """Declines TLS, as it accepts no certificate, and large bursts, as receiving prevents other threads from sending."""
        return job.ca is not None or overflows(cell)

    def open(self, url: str, ca: str | None, cell: Cell) -> WebSocketRsSyncClient:
        return WebSocketRsSyncClient(cell, [connect(url) for _ in range(cell.connections)])


adapter = WebSocketRsSync()
