"""What a contender is asked: the same as bench/clients/job.ts and passes.ts, for CPython."""

from __future__ import annotations

import json
from dataclasses import dataclass

KIB = 1024

# Messages of a pass: from a size on, the first that fits.
PASSES = {
    "requestResponse": [(1024 * KIB, 20), (16 * KIB, 200), (0, 1000)],
    "oneWay": [(16 * KIB, 200), (0, 1000)],
    "window": [(1024 * KIB, 60), (16 * KIB, 400), (0, 2000)],
    "burst": [(1024 * KIB, 20), (64 * KIB, 200), (0, 1000)],
    "source": [(1024 * KIB, 60), (16 * KIB, 1000), (0, 10_000)],
    "sink": [(1024 * KIB, 60), (16 * KIB, 1000), (0, 10_000)],
    "connect": [(0, 50)],
}

# Bytes the peer's /timestamp puts before an echo.
STAMPS = 16


@dataclass(frozen=True)
class Cell:
    """One thing to measure."""

    work: str
    size: int
    kind: str
    connections: int

    @property
    def messages(self) -> int:
        """Messages of a pass, rounded up so that each connection has as many."""
        wanted = next(count for size, count in PASSES[self.work] if self.size >= size)
        return -(-wanted // self.connections) * self.connections

    @property
    def share(self) -> int:
        """Messages of a pass on each connection."""
        return self.messages // self.connections

    @property
    def in_flight(self) -> int:
        """Messages under way on each connection."""
        if self.work == "burst":
            return self.share
        if self.work == "window":
            return min(100 if self.connections == 1 else 10, self.share)
        return 1

    @property
    def payload(self) -> bytes | str:
        return "x" * self.size if self.kind == "text" else b"x" * self.size

    @property
    def echo_size(self) -> int:
        return self.size + (STAMPS if self.work == "oneWay" else 0)

    @property
    def path(self) -> str:
        source = f"/source?count=0&size={self.size}&kind={self.kind}"
        return {"source": source, "sink": "/sink", "oneWay": "/timestamp"}.get(self.work, "/")


@dataclass(frozen=True)
class Job:
    """The argument of a contender."""

    url: str
    ca: str | None
    milliseconds: float
    cells: list[Cell]


def parse(argument: str) -> Job:
    fields = json.loads(argument)
    cells = [Cell(**cell) for cell in fields.pop("cells")]
    return Job(**fields, cells=cells)
