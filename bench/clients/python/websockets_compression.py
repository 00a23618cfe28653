"""permessage-deflate of websockets: off, with the settings that all libraries have, or with its defaults."""

from __future__ import annotations

from job import LEVEL, MEM_LEVEL, WINDOW_BITS, Cell
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.protocol import Protocol


def compression_of(cell: Cell) -> dict:
    """Returns the arguments of `connect`."""
    if not cell.is_compressed:
        return {"compression": None}
    if cell.compression == "defaults":
        return {"compression": "deflate"}
    factory = ClientPerMessageDeflateFactory(
        server_max_window_bits=WINDOW_BITS,
        client_max_window_bits=WINDOW_BITS,
        compress_settings={"level": LEVEL, "memLevel": MEM_LEVEL},
    )
    return {"compression": None, "extensions": [factory]}


def check_extensions(cell: Cell, protocol: Protocol) -> None:
    if bool(protocol.extensions) != cell.is_compressed:
        raise RuntimeError(f"the extensions are {protocol.extensions}")
