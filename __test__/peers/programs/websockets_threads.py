"""An echo server with Python's websockets and a thread for each connection: `websockets_threads.py PORT [DEFLATE]`."""

import sys

from shared import HOST, PROTOCOL, Command, deflate, report_close
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.sync.server import ServerConnection, serve


def echo(connection: ServerConnection, command: Command) -> None:
    if command.pings:
        connection.ping(command.payload).wait()
        connection.send(f"pong:{command.payload}")
    while True:
        connection.send(connection.recv())


def handle(connection: ServerConnection) -> None:
    command = Command(connection.request.path)
    if command.closes:
        connection.close(*command.close_arguments())
        return
    try:
        echo(connection, command)
    except ConnectionClosed:
        report_close(connection.close_code, connection.close_reason)


def compression() -> dict:
    options = deflate(2)
    if options is None:
        return {}
    return {"compression": None, "extensions": [ServerPerMessageDeflateFactory(**options)]}


options = {"subprotocols": [PROTOCOL], "max_size": None, **compression()}
with serve(handle, HOST, int(sys.argv[1]), **options) as server:
    server.serve_forever()
