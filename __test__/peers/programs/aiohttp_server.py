"""An echo server with aiohttp: `aiohttp_server.py PORT`."""

import sys

from aiohttp import WSMsgType, web
from shared import HOST, PROTOCOL, Command, report_close


async def close(ws: web.WebSocketResponse, command: Command) -> None:
    if command.code:
        await ws.close(code=command.code, message=command.reason.encode())
    else:
        await ws.close()


async def echo(ws: web.WebSocketResponse) -> None:
    while True:
        message = await ws.receive()
        if message.type is WSMsgType.TEXT:
            await ws.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await ws.send_bytes(message.data)
        elif message.type is WSMsgType.PING:
            await ws.pong(message.data)
        elif message.type is WSMsgType.PONG:
            await ws.send_str(f"pong:{bytes(message.data).decode()}")
        else:
            if message.type is WSMsgType.CLOSE:
                report_close(message.data, message.extra)
            return


async def handle(request: web.Request) -> web.WebSocketResponse:
    command = Command(request.raw_path)
    # With autoping the application does not receive pongs.
    ws = web.WebSocketResponse(protocols=[PROTOCOL], autoping=not command.pings, max_msg_size=0)
    await ws.prepare(request)
    if command.closes:
        await close(ws, command)
        return ws
    if command.pings:
        await ws.ping(command.payload.encode())
    await echo(ws)
    return ws


application = web.Application()
application.router.add_get("/{path:.*}", handle)
web.run_app(application, host=HOST, port=int(sys.argv[1]), print=None)
