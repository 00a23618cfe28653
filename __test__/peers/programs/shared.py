"""What the servers in Python share: the path's commands, and the line that says how a client closed."""

import json
from urllib.parse import parse_qs, urlsplit

PROTOCOL = "chat"
HOST = "127.0.0.1"


class Command:
    """`/close?code=N&reason=TEXT` (code 0: without one), `/ping?payload=TEXT`; all other paths only echo."""

    def __init__(self, target: str) -> None:
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.closes = url.path == "/close"
        self.pings = url.path == "/ping"
        self.code = int(query.get("code", "1000"))
        self.reason = query.get("reason", "")
        self.payload = query.get("payload", "")

    def close_arguments(self) -> tuple[int, str] | tuple[()]:
        """Of the library's own `close`: none without a code, so that the library chooses."""
        return (self.code, self.reason) if self.code else ()


def say_closed(code: int | None, reason: str | None) -> None:
    """Prints what the client's close frame held."""
    print(json.dumps({"code": code, "reason": reason or ""}, separators=(",", ":"), ensure_ascii=False), flush=True)
