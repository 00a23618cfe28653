"""An echo server with Tornado: `tornado_server.py PORT [DEFLATE]`."""

import asyncio
import sys

from shared import HOST, PROTOCOL, Command, deflate, report_close
from tornado.web import Application
from tornado.websocket import WebSocketHandler


class Echo(WebSocketHandler):
    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return PROTOCOL if PROTOCOL in subprotocols else None

    def get_compression_options(self) -> dict | None:
        return deflate(2)

    def open(self, *_: str) -> None:
        command = Command(self.request.uri)
        if command.closes:
            self.close(*command.close_arguments())
        if command.pings:
            self.ping(command.payload)

    def on_message(self, message: str | bytes) -> None:
        self.write_message(message, binary=isinstance(message, bytes))

    def on_pong(self, data: bytes) -> None:
        self.write_message(f"pong:{data.decode()}")

    def on_close(self) -> None:
        report_close(self.close_code, self.close_reason)


async def main() -> None:
    Application([("/.*", Echo)], websocket_max_message_size=2**28).listen(int(sys.argv[1]), HOST)
    await asyncio.Event().wait()


asyncio.run(main())
