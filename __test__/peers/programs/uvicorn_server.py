"""An ASGI echo application on uvicorn: `uvicorn_server.py PORT BACKEND`. ASGI has no pings."""

import sys

import uvicorn
from shared import HOST, PROTOCOL, Command, report_close


async def accept(scope, receive, send) -> None:
    await receive()
    protocol = PROTOCOL if PROTOCOL in scope["subprotocols"] else None
    await send({"type": "websocket.accept", "subprotocol": protocol})


async def close(send, command: Command) -> None:
    frame = {"code": command.code, "reason": command.reason} if command.code else {}
    await send({"type": "websocket.close", **frame})


async def application(scope, receive, send) -> None:
    command = Command(f"{scope['path']}?{scope['query_string'].decode()}")
    await accept(scope, receive, send)
    if command.closes:
        await close(send, command)
        return
    while (event := await receive())["type"] == "websocket.receive":
        key = "bytes" if event.get("bytes") is not None else "text"
        await send({"type": "websocket.send", key: event[key]})
    report_close(event["code"], event.get("reason"))


port, backend = sys.argv[1:]
uvicorn.run(
    application, host=HOST, port=int(port), ws=backend, ws_max_size=2**28, lifespan="off", log_level="warning"
)
