"""The `WebSocket` class of websocket-client, with `wsaccel`, which it uses for masking."""

from __future__ import annotations

from blocking import BlockingClient
from job import Cell
from measure import Adapter
from websocket import WebSocket, create_connection


class WebSocketClient(BlockingClient):
    def sender(self, ws: WebSocket):
        return ws.send if self.cell.kind == "text" else ws.send_binary

    def terminate(self) -> None:
        for ws in self.sockets:
            ws.shutdown()


class WebSocketClientAdapter(Adapter):
    name = "websocket-client"
    package = "websocket-client"
    extras = ("wsaccel",)

    def open(self, url: str, ca: str | None, cell: Cell) -> WebSocketClient:
        options = {"sslopt": {"ca_certs": ca}} if ca else {}
        sockets = [create_connection(url, http_no_proxy=["*"], **options) for _ in range(cell.connections)]
        return WebSocketClient(cell, sockets)


adapter = WebSocketClientAdapter()
