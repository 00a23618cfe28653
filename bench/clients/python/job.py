"""The job of a contender: bench/clients/job.ts and passes.ts, for CPython."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

KIB = 1024

# Messages of a pass by minimum message size; the first step that fits applies.
PASSES = {
    "requestResponse": [(1024 * KIB, 20), (16 * KIB, 200), (0, 1000)],
    "oneWay": [(16 * KIB, 200), (0, 1000)],
    "pipelined": [(1024 * KIB, 60), (16 * KIB, 400), (0, 2000)],
    "burst": [(1024 * KIB, 20), (64 * KIB, 200), (0, 1000)],
    "source": [(1024 * KIB, 60), (16 * KIB, 1000), (0, 10_000)],
    "sink": [(1024 * KIB, 60), (16 * KIB, 1000), (0, 10_000)],
    # Messages of each connection.
    "idle": [(0, 1)],
    "active": [(0, 100)],
    "connect": [(0, 500)],
    "process1": [(0, 1)],
    "process100": [(0, 100)],
    "process10000": [(0, 10_000)],
}

# Messages of a pass on compressed connections.
COMPRESSED = [(1024 * KIB, 4), (64 * KIB, 50), (16 * KIB, 100), (0, 500)]

# Connections from which on a pass has more messages, so that each connection has several.
MANY, MORE = 1000, 10

# Workloads that have the passes of another.
SAME = {"loop": "pipelined", "loopSingle": "requestResponse"}

# Settings of permessage-deflate that all libraries have, as in adapter.ts.
LEVEL, MEM_LEVEL, WINDOW_BITS = 6, 8, 15

# Bytes of the timestamps that the peer's /timestamp puts before an echo.
STAMPS = 16


@dataclass(frozen=True)
class Cell:
    """One measurement."""

    workload: str
    size: int
    kind: str
    connections: int
    # Of json cells: the folder with their texts, and whether they are compressed with equal settings or the defaults.
    documents: str | None = None
    compression: str = "equal"

    @property
    def is_compressed(self) -> bool:
        return self.kind == "json"

    @property
    def texts(self) -> list[str]:
        """The messages of a compressed cell, from the first one again after the last."""
        return texts_of(self.documents, self.size)

    def payload_after(self, before: int):
        """Returns the function from the number of a message in a pass, after others, to the message."""
        if not self.is_compressed:
            payload = self.payload
            return lambda number: payload
        texts = self.texts
        return lambda number: texts[(before + number) % len(texts)]

    @property
    def messages(self) -> int:
        """Messages of a pass, rounded up to a multiple of the connections."""
        workload = SAME.get(self.workload, self.workload)
        compressed = self.is_compressed and workload in ("requestResponse", "pipelined")
        steps = COMPRESSED if compressed else PASSES[workload]
        wanted = next(count for size, count in steps if self.size >= size)
        if self.connections >= MANY and workload in ("requestResponse", "pipelined"):
            wanted *= MORE
        return -(-wanted // self.connections) * self.connections

    @property
    def share(self) -> int:
        """Messages of a pass on each connection."""
        return self.messages // self.connections

    @property
    def in_flight(self) -> int:
        """Messages in flight on each connection."""
        if self.workload == "burst":
            return self.share
        if self.workload in ("pipelined", "loop"):
            return min(100 if self.connections == 1 else 10, self.share)
        return 1

    @property
    def payload(self) -> bytes | str:
        """The only message of a pass that is not compressed."""
        return "x" * self.size if self.kind == "text" else b"x" * self.size

    @property
    def echo_size(self) -> int:
        return self.size + (STAMPS if self.workload == "oneWay" else 0)

    @property
    def path(self) -> str:
        if self.is_compressed:
            return "/?deflate=1&recode=1" if self.workload in ("idle", "active") else "/?deflate=1"
        source = f"/source?count=0&size={self.size}&kind={self.kind}"
        return {"source": source, "sink": "/sink", "oneWay": "/timestamp"}.get(self.workload, "/")


@dataclass(frozen=True)
class Job:
    """The argument of a contender."""

    url: str
    ca: str | None
    milliseconds: float
    cells: list[Cell]


@cache
def texts_of(folder: str, size: int) -> list[str]:
    """Returns the texts of a compressed cell."""
    with open(f"{folder}/{size}.json", encoding="utf-8") as file:
        return json.load(file)


def parse(argument: str) -> Job:
    fields = json.loads(argument)
    shared = {"documents": fields.pop("documents"), "compression": fields.pop("compression")}
    cells = [Cell(**cell, **shared) for cell in fields.pop("cells")]
    return Job(**fields, cells=cells)
