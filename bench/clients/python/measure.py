"""Runs a cell with an adapter and measures it."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import resource
import subprocess
import sys
from abc import ABC, abstractmethod
from dataclasses import replace
from time import monotonic_ns, perf_counter, thread_time

from job import Cell, Job

# Connections opened concurrently; the backlog of a listening socket is limited.
LANES = 100
# How long to wait until the allocators have settled, in seconds.
SETTLING = 1
# Unsent bytes after which a flood lets the event loop write, for libraries that do not report back-pressure.
HIGH_WATER_MARK = 1024 * 1024

MICROSECONDS = 1_000_000


class Client(ABC):
    """The connections of one cell, with the workloads. Each method may be a function or a coroutine function."""

    @abstractmethod
    def echo(self, times: Times | None):
        """Runs a pass of echoes over all connections."""

    @abstractmethod
    def receive(self, messages: int):
        """Receives this many messages from a server that floods."""

    @abstractmethod
    def flood(self, messages: int):
        """Sends this many messages with the library's own back-pressure."""

    @abstractmethod
    def ask(self, text: str):
        """Sends one message and returns the reply as text."""

    @abstractmethod
    def close(self):
        """Performs the closing handshake on every connection."""

    @abstractmethod
    def terminate(self):
        """Ends every connection without a closing handshake, if the library can."""


class Adapter(ABC):
    """A library that takes part. `open` may be a function or a coroutine function."""

    name: str
    package: str
    # Further packages in --about, such as the event loop.
    extras: tuple[str, ...] = ()
    # Whether the event loop runs during a cell, so that its delay can be measured.
    has_loop = False

    def declines(self, cell: Cell, job: Job) -> bool:
        """Whether the library cannot do this cell."""
        return False

    @abstractmethod
    def open(self, url: str, ca: str | None, cell: Cell):
        """Opens the connections of a cell."""


class Times:
    """The round trips of single messages and, on /timestamp, the times to the server and back."""

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

    def figures(self, messages: int) -> dict:
        parts = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
        figures = {"latency": {name: quantile(self.trips, part) for name, part in parts.items()}}
        if self.stamped:
            ways = {"toServer": quantile(self.to_server, 0.5), "toClient": quantile(self.to_client, 0.5)}
            if min(ways.values()) < 0:
                raise RuntimeError("client and server read different clocks")
            figures |= ways
        return figures


def quantile(nanoseconds: list[int], part: float) -> float:
    """Returns the quantile of the values, in us."""
    ordered = sorted(nanoseconds)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] / 1000


class LoopProbe:
    """The delay of a timer of 1 ms, and the CPU time of the thread of the event loop."""

    RESOLUTION = 0.001

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begins, and begins again when the warm-up is over."""
        self.intervals: list[float] = []
        self.cpu_before, self.fired = thread_time(), perf_counter()
        self.loop = asyncio.get_running_loop()
        self.timer = self.loop.call_later(self.RESOLUTION, self.fire, self.intervals)

    def fire(self, intervals: list[float]) -> None:
        # A timer from before `clear` ends its own chain.
        if intervals is not self.intervals:
            return
        now = perf_counter()
        intervals.append((now - self.fired) * 1000)
        self.fired = now
        self.timer = self.loop.call_later(self.RESOLUTION, self.fire, intervals)

    def figures(self, messages: int) -> dict:
        self.timer.cancel()
        ordered = sorted(self.intervals) or [(perf_counter() - self.fired) * 1000]
        at = lambda part: ordered[min(int(len(ordered) * part), len(ordered) - 1)]
        late = lambda part: max(at(part) - self.RESOLUTION * 1000, 0)
        delay = {"p50": late(0.5), "p99": late(0.99), "max": late(1)}
        cpu = (thread_time() - self.cpu_before) * MICROSECONDS
        return {"delay": delay, "timer": at(0.99), "jsCpu": cpu / messages}


def check(message, size: int) -> None:
    if len(message) != size:
        raise RuntimeError(f"received a message of {len(message)} bytes, expected {size}")


async def settled(result):
    """Awaits the result if it is that of a coroutine function."""
    return await result if inspect.isawaitable(result) else result


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def timed(milliseconds: float, run_pass, times: Times | LoopProbe | None = None) -> dict:
    """Runs one untimed pass, then whole passes until the time is over."""
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
    return entry(messages, elapsed, cpu_seconds() - cpu_before) | (times.figures(messages) if times else {})


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
    """A pass ends when the server reports that it has received everything."""
    total = 0

    async def run_pass() -> int:
        nonlocal total
        await settled(client.flood(cell.messages))
        total += cell.messages
        reported = json.loads(await settled(client.ask("report")))["messages"]
        if reported != total:
            raise RuntimeError(f"the sink received {reported} of {total} messages")
        return cell.messages

    return run_pass


async def measure_connect(adapter: Adapter, job: Job, cell: Cell) -> dict:
    async def run_pass() -> int:
        for _ in range(cell.messages):
            client = await settled(adapter.open(job.url + cell.path, job.ca, cell))
            await settled(client.close())
        return cell.messages

    return await timed(job.milliseconds, run_pass)


def resident() -> int:
    """Returns the resident memory of this process, in bytes."""
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    output = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, check=True)
    return int(output.stdout) * 1024


async def measure_idle(adapter: Adapter, job: Job, cell: Cell) -> dict:
    """Opens many connections, exchanges messages on those of compressed cells, and measures the growth of memory."""
    one = replace(cell, connections=1)
    clients: list[Client] = []
    opening = iter(range(cell.connections))

    async def lane() -> None:
        for _ in opening:
            client = await settled(adapter.open(job.url + cell.path, job.ca, one))
            clients.append(client)
            if cell.is_compressed:
                await settled(client.echo(None))

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
    """Returns the entry of a cell, or None if the adapter does not offer the workload."""
    is_loop = cell.workload.startswith("loop")
    if adapter.declines(cell, job) or (is_loop and not (cell.is_compressed and adapter.has_loop)):
        return None
    if cell.workload == "connect":
        return await measure_connect(adapter, job, cell)
    if cell.workload in ("idle", "active"):
        return await measure_idle(adapter, job, cell)
    client = await settled(adapter.open(job.url + cell.path, job.ca, cell))
    single = cell.workload == "requestResponse" and cell.connections == 1
    times = Times(cell.workload == "oneWay") if single or cell.workload == "oneWay" else None
    probe = LoopProbe() if is_loop else times
    passes = {"source": lambda: source_pass(client, cell), "sink": lambda: sink_pass(client, cell)}
    run_pass = passes.get(cell.workload, lambda: echo_pass(client, cell, times))()
    result = await timed(job.milliseconds, run_pass, probe)
    await settled(client.terminate())
    return result
