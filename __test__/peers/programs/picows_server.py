"""An echo server with picows: `picows_server.py PORT`."""

import asyncio
import sys

from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)
from shared import HOST, PROTOCOL, Command, report_close


class Echo(WSListener):
    def __init__(self, command: Command) -> None:
        super().__init__()
        self.command = command

    def on_ws_connected(self, transport: WSTransport) -> None:
        if self.command.closes:
            self.close(transport)
        if self.command.pings:
            transport.send_ping(self.command.payload.encode())

    def close(self, transport: WSTransport) -> None:
        if self.command.code:
            transport.send_close(self.command.code, self.command.reason.encode())
        else:
            # Without a code `send_close` writes the code 0, which is invalid (RFC 6455 section 7.4.2).
            transport.send(WSMsgType.CLOSE, b"")

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.PONG:
            transport.send(WSMsgType.TEXT, b"pong:" + frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            self.reply_to_close(transport, frame)
        else:
            transport.send(frame.msg_type, frame.get_payload_as_bytes())

    def reply_to_close(self, transport: WSTransport, frame: WSFrame) -> None:
        code, reason = frame.get_close_code(), frame.get_close_reason()
        report_close(code, reason)
        if not self.command.closes:
            transport.send_close(code, (reason or "").encode())
        transport.disconnect()


def upgrade(request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
    offered = request.headers.get("Sec-WebSocket-Protocol", "").replace(" ", "").split(",")
    chosen = {"Sec-WebSocket-Protocol": PROTOCOL} if PROTOCOL in offered else {}
    response = WSUpgradeResponse.create_101_response(extra_headers=chosen)
    return WSUpgradeResponseWithListener(response, Echo(Command(request.path.decode())))


async def main() -> None:
    server = await ws_create_server(upgrade, HOST, int(sys.argv[1]), max_frame_size=2**28)
    await server.serve_forever()


asyncio.run(main())
