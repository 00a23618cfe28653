"""The job of a contender: bench/clients/job.ts and passes.ts, for CPython."""

from __future__ import annotations

import json
from dataclasses import dataclass

KIB = 1024

# Messages of a pass by minimum message size; the first step that fits applies.
PASSES = {
    "requestResponse": [(1024 * KIB, 20), (16 * KIB, 200), (0, 1000)],
    "oneWay": [(16 * KIB, 200), (0, 1000)],
    "pipelined": [(1024 * KIB, 60), (16 * KIB, 400), (0, 2000)],
    "burst": [(1024 * KIB, 20), (64 * KIB, 200), (0, 1000)],
    "source": [(1024 * KIB, 60), (16 * KIB, 1000), (0, 10_000)],
    "sink": [(1024 * KIB, 60), (16 * KIB, 1000), (0, 10_000)],
    "connect": [(0, 50)],
}

# Bytes of the timestamps that the peer's /timestamp puts before an echo.
STAMPS = 16


@dataclass(frozen=True)
class Cell:
    """One measurement."""

    workload: str
    size: int
    kind: str
    connections: int

    @property
    def messages(self) -> int:
        """Messages of a pass, rounded up to a multiple of the connections."""
        wanted = next(count for size, count in PASSES[self.workload] if self.size >= size)
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
        if self.workload == "pipelined":
            return min(100 if self.connections == 1 else 10, self.share)
        return 1

    @property
    def payload(self) -> bytes | str:
        return "x" * self.size if self.kind == "text" else b"x" * self.size

    @property
    def echo_size(self) -> int:
        return self.size + (STAMPS if self.workload == "oneWay" else 0)

    @property
    def path(self) -> str:
        source = f"/source?count=0&size={self.size}&kind={self.kind}"
        return {"source": source, "sink": "/sink", "oneWay": "/timestamp"}.get(self.workload, "/")


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
