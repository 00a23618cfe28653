"""An echo server of Python's websockets with a thread for each connection: `websockets_threads.py PORT`."""

import sys

from shared import HOST, PROTOCOL, Command, say_closed
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve


def converse(connection: ServerConnection, command: Command) -> None:
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
        converse(connection, command)
    except ConnectionClosed:
        say_closed(connection.close_code, connection.close_reason)


with serve(handle, HOST, int(sys.argv[1]), subprotocols=[PROTOCOL], max_size=None) as server:
    server.serve_forever()
