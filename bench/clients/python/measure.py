"""Does a cell with an adapter and takes the times."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import resource
import subprocess
import sys
from abc import ABC, abstractmethod
from time import monotonic_ns, perf_counter

from job import Cell, Job

# Connects under way at once; a listening socket holds only so many.
LANES = 100
# Seconds for the allocators to settle.
SETTLING = 1
# Unsent bytes after which a flood lets the event loop write, where the library announces nothing.
HIGH_WATER_MARK = 1024 * 1024

MICROSECONDS = 1_000_000


class Client(ABC):
    """The connections of one cell, with the works. A pass is a function or a coroutine function."""

    @abstractmethod
    def echo(self, times: Times | None):
        """A pass of echoes over all connections."""

    @abstractmethod
    def receive(self, messages: int):
        """Takes so many messages of a server that floods."""

    @abstractmethod
    def flood(self, messages: int):
        """Sends so many messages with the library's own back-pressure."""

    @abstractmethod
    def ask(self, text: str):
        """Sends one message and waits for the answer, which it returns as text."""

    @abstractmethod
    def close(self):
        """The closing handshake on every connection."""

    @abstractmethod
    def terminate(self):
        """Ends the connections the quickest way there is."""


class Adapter(ABC):
    """A library. `open` is a function or a coroutine function."""

    name: str
    package: str
    # Of the event loop and what else makes it fast, in --about.
    beside: tuple[str, ...] = ()

    def declines(self, cell: Cell, job: Job) -> bool:
        """Whether it cannot do this cell."""
        return False

    @abstractmethod
    def open(self, url: str, ca: str | None, cell: Cell):
        """The client of a cell, connected."""


class Times:
    """Round trips of single messages and, on /timestamp, the way there and the way back."""

    def __init__(self, stamped: bool) -> None:
        self.stamped = stamped
        self.clear()

    def clear(self) -> None:
        self.trips: list[int] = []
        self.to_server: list[int] = []
        self.to_client: list[int] = []

    def note(self, sent_at: int, message) -> None:
        now = monotonic_ns()
        self.trips.append(now - sent_at)
        if self.stamped:
            stamps = bytes(message[:16])
            self.to_server.append(int.from_bytes(stamps[:8], "big") - sent_at)
            self.to_client.append(now - int.from_bytes(stamps[8:], "big"))

    def figures(self) -> dict:
        parts = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
        figures = {"latency": {name: quantile(self.trips, part) for name, part in parts.items()}}
        if self.stamped:
            ways = {"toServer": quantile(self.to_server, 0.5), "toClient": quantile(self.to_client, 0.5)}
            if min(ways.values()) < 0:
                raise RuntimeError("server and client do not read the same clock")
            figures |= ways
        return figures


def quantile(nanoseconds: list[int], part: float) -> float:
    """In us, the value below which a part of the values lies."""
    ordered = sorted(nanoseconds)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] / 1000


def check(message, size: int) -> None:
    if len(message) != size:
        raise RuntimeError(f"a message of {len(message)} bytes came, not {size}")


async def settled(result):
    """Awaits what a coroutine function returned; a plain function is through already."""
    return await result if inspect.isawaitable(result) else result


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def timed(milliseconds: float, run_pass, times: Times | None = None) -> dict:
    """One untimed pass, then whole passes until the time is over."""
    await settled(run_pass())
    if times is not None:
        times.clear()
    cpu_before, start = cpu_seconds(), perf_counter()
    messages = 0
    while True:
        messages += await settled(run_pass())
        elapsed = perf_counter() - start
        if elapsed * 1000 >= milliseconds:
            break
    return entry(messages, elapsed, cpu_seconds() - cpu_before) | (times.figures() if times else {})


def entry(messages: int, wall: float, cpu: float) -> dict:
    each = MICROSECONDS / messages
    return {"messages": messages, "wall": wall * each, "cpu": cpu * each, "latency": None}


def echo_pass(client: Client, cell: Cell, times: Times | None):
    async def run_pass() -> int:
        await settled(client.echo(times))
        return cell.messages

    return run_pass


def source_pass(client: Client, cell: Cell):
    async def run_pass() -> int:
        await settled(client.receive(cell.messages))
        return cell.messages

    return run_pass


def sink_pass(client: Client, cell: Cell):
    """A pass ends when the server says that it has taken all."""
    total = 0

    async def run_pass() -> int:
        nonlocal total
        await settled(client.flood(cell.messages))
        total += cell.messages
        taken = json.loads(await settled(client.ask("report")))["messages"]
        if taken != total:
            raise RuntimeError(f"the sink took {taken} of {total} messages")
        return cell.messages

    return run_pass


async def connects(adapter: Adapter, job: Job, cell: Cell) -> dict:
    async def run_pass() -> int:
        for _ in range(cell.messages):
            client = await settled(adapter.open(job.url + cell.path, job.ca, cell))
            await settled(client.close())
        return cell.messages

    return await timed(job.milliseconds, run_pass)


def resident() -> int:
    """Bytes of memory this process has."""
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, check=True)
    return int(said.stdout) * 1024


async def idle(adapter: Adapter, job: Job, cell: Cell) -> dict:
    """Opens many connections that do nothing and looks how much memory that took."""
    one = Cell(cell.work, cell.size, cell.kind, 1)
    clients: list[Client] = []
    opening = iter(range(cell.connections))

    async def lane() -> None:
        for _ in opening:
            clients.append(await settled(adapter.open(job.url + cell.path, job.ca, one)))

    rss_before, cpu_before, start = resident(), cpu_seconds(), perf_counter()
    await asyncio.gather(*(lane() for _ in range(LANES)))
    elapsed, cpu = perf_counter() - start, cpu_seconds() - cpu_before
    await asyncio.sleep(SETTLING)
    total = resident()
    for client in clients:
        await settled(client.terminate())
    memory = {"rss": (total - rss_before) / cell.connections, "total": total}
    return entry(cell.connections, elapsed, cpu) | memory


async def measure(adapter: Adapter, job: Job, cell: Cell) -> dict | None:
    """The entry of a cell; None where the adapter does not offer the work."""
    if cell.work == "loop" or adapter.declines(cell, job):
        return None
    if cell.work == "connect":
        return await connects(adapter, job, cell)
    if cell.work == "idle":
        return await idle(adapter, job, cell)
    client = await settled(adapter.open(job.url + cell.path, job.ca, cell))
    single = cell.work == "requestResponse" and cell.connections == 1
    times = Times(cell.work == "oneWay") if single or cell.work == "oneWay" else None
    passes = {"source": lambda: source_pass(client, cell), "sink": lambda: sink_pass(client, cell)}
    run_pass = passes.get(cell.work, lambda: echo_pass(client, cell, times))()
    result = await timed(job.milliseconds, run_pass, times)
    await settled(client.terminate())
    return result
