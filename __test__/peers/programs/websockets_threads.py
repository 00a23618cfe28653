"""An echo server with Python's websockets and a thread for each connection: `websockets_threads.py PORT`."""

import sys

from shared import HOST, PROTOCOL, Command, report_close
from websockets.exceptions import ConnectionClosed
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


with serve(handle, HOST, int(sys.argv[1]), subprotocols=[PROTOCOL], max_size=None) as server:
    server.serve_forever()
