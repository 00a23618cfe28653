"""picows, whose listener receives each frame, on uvloop and with aiofastnet, which it uses by default.

The payload is a view of its read buffer, or a string for text. `send` copies the payload. The variant that does not
copy masks the caller's buffer in place, so each message would have to be written again.
"""

from __future__ import annotations

import asyncio
import ssl
from functools import partial

from callbacks import CallbackClient, Receiver
from job import Cell
from measure import Adapter
from picows import WSCloseCode, WSListener, WSMsgType, WSTransport, ws_connect

MAX_FRAME = 256 * 1024 * 1024


class Listener(WSListener):
    def __init__(self, cell: Cell) -> None:
        self.receiver = Receiver(cell)
        self.writable = asyncio.Event()
        self.writable.set()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self.receiver.send_text = partial(transport.send, WSMsgType.TEXT)
        is_text = self.receiver.cell.kind == "text"
        self.receiver.send = partial(transport.send, WSMsgType.TEXT if is_text else WSMsgType.BINARY)

    def on_ws_frame(self, transport: WSTransport, frame) -> None:
        self.receiver.receive(frame.get_payload_as_memoryview())

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()


class TextListener(Listener):
    def on_ws_frame(self, transport: WSTransport, frame) -> None:
        self.receiver.receive(frame.get_payload_as_utf8_text())


class ClosingListener(Listener):
    def on_ws_frame(self, transport: WSTransport, frame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()


class PicowsClient(CallbackClient):
    def __init__(self, listeners: list[Listener]) -> None:
        super().__init__([listener.receiver for listener in listeners])
        self.listeners = listeners

    async def flood(self, messages: int) -> None:
        listener, payload = self.listeners[0], self.receivers[0].cell.payload
        send, writable = listener.receiver.send, listener.writable
        for _ in range(messages):
            send(payload)
            if not writable.is_set():
                await writable.wait()

    async def close(self) -> None:
        for listener in self.listeners:
            listener.transport.send_close(WSCloseCode.OK)
            await listener.transport.wait_disconnected()

    def terminate(self) -> None:
        for listener in self.listeners:
            listener.transport.disconnect(graceful=False)


class Picows(Adapter):
    name = "picows"
    package = "picows"
    extras = ("uvloop", "aiofastnet")

    async def open(self, url: str, ca: str | None, cell: Cell) -> PicowsClient:
        context = ssl.create_default_context(cafile=ca) if ca else None
        by_work = {"connect": ClosingListener, "sink": TextListener}
        listener = by_work.get(cell.workload, TextListener if cell.kind == "text" else Listener)
        listeners = []
        for _ in range(cell.connections):
            connecting = ws_connect(
                partial(listener, cell), url, ssl_context=context, max_frame_size=MAX_FRAME
            )
            listeners.append((await connecting)[1])
        return PicowsClient(listeners)


adapter = Picows()
