"""Shared by the servers in Python: the commands of the path, and the report of a close."""

import json
import sys
from urllib.parse import parse_qs, urlsplit

PROTOCOL = "chat"
HOST = "127.0.0.1"


class Command:
    """Parses `/close?code=N&reason=TEXT` (code 0: without a code) and `/ping?payload=TEXT`. Other paths only echo."""

    def __init__(self, target: str) -> None:
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.closes = url.path == "/close"
        self.pings = url.path == "/ping"
        self.code = int(query.get("code", "1000"))
        self.reason = query.get("reason", "")
        self.payload = query.get("payload", "")

    def close_arguments(self) -> tuple[int, str] | tuple[()]:
        """Returns the arguments of the library's `close`: none without a code, so that the library chooses."""
        return (self.code, self.reason) if self.code else ()


def deflate(position: int) -> dict | bool | None:
    """Returns the library's options of permessage-deflate, an argument in JSON, or `None` for its defaults."""
    return json.loads(sys.argv[position]) if len(sys.argv) > position else None


def report_close(code: int | None, reason: str | None) -> None:
    """Prints code and reason of the client's close frame."""
    print(json.dumps({"code": code, "reason": reason or ""}, separators=(",", ":"), ensure_ascii=False), flush=True)
