"""An echo server with Python's websockets on asyncio: `websockets_asyncio.py PORT [DEFLATE]`."""

import asyncio
import sys

from shared import HOST, PROTOCOL, Command, deflate, report_close
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory


async def echo(connection: ServerConnection, command: Command) -> None:
    if command.pings:
        await (await connection.ping(command.payload))
        await connection.send(f"pong:{command.payload}")
    while True:
        await connection.send(await connection.recv())


async def handle(connection: ServerConnection) -> None:
    command = Command(connection.request.path)
    if command.closes:
        await connection.close(*command.close_arguments())
        return
    try:
        await echo(connection, command)
    except ConnectionClosed:
        report_close(connection.close_code, connection.close_reason)


def compression() -> dict:
    options = deflate(2)
    if options is None:
        return {}
    return {"compression": None, "extensions": [ServerPerMessageDeflateFactory(**options)]}


async def main() -> None:
    options = {"subprotocols": [PROTOCOL], "max_size": None, **compression()}
    async with serve(handle, HOST, int(sys.argv[1]), **options) as server:
        await server.serve_forever()


asyncio.run(main())
