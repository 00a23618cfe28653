"""The workloads for libraries that call back with each message."""

from __future__ import annotations

import asyncio
from time import monotonic_ns

from job import Cell
from measure import Client, Times, check


class Receiver:
    """Receives the messages of one connection: the library calls `receive`, which each workload sets."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        # Functions of the library; the first one sends the payload of the cell.
        self.send = self.send_text = None
        # A flood begins with the connection, before the first pass.
        self.receive = self.early if cell.workload == "source" else self.unexpected
        self.done: asyncio.Future
        # Messages of a flood, over all passes.
        self.received = self.requested = 0

    def early(self, message) -> None:
        self.received += 1

    def unexpected(self, message) -> None:
        raise RuntimeError("received an unexpected message")

    def begin(self) -> asyncio.Future:
        self.done = asyncio.get_running_loop().create_future()
        return self.done

    def checked(self, message, size: int) -> None:
        """Fails the pass if the size is wrong, as the library ignores an exception of a callback."""
        try:
            check(message, size)
        except RuntimeError as error:
            if not self.done.done():
                self.done.set_exception(error)

    def resolve(self, result=None) -> None:
        if not self.done.done():
            self.done.set_result(result)

    def echo(self, times: Times | None) -> asyncio.Future:
        """Keeps the messages in flight of the cell: each echo is replaced by a new message while any are left."""
        cell, send, payload = self.cell, self.send, self.cell.payload
        share, size = cell.share, cell.echo_size
        done = self.begin()
        received, sent = 0, cell.in_flight

        def receive(message) -> None:
            nonlocal received, sent
            received += 1
            if sent < share:
                sent += 1
                send(payload)
            elif received == share:
                self.checked(message, size)
                self.resolve()
            if received == 1:
                self.checked(message, size)

        self.receive = receive if times is None else self.noted(times)
        if times is None:
            for _ in range(sent):
                send(payload)
        return done

    def noted(self, times: Times):
        """Keeps one message in flight and notes the time of each."""
        send, payload, share, size = self.send, self.cell.payload, self.cell.share, self.cell.echo_size
        received, sent_at = 0, monotonic_ns()

        def receive(message) -> None:
            nonlocal received, sent_at
            times.note(sent_at, message)
            received += 1
            if received == 1:
                self.checked(message, size)
            if received == share:
                self.checked(message, size)
                self.resolve()
                return
            sent_at = monotonic_ns()
            send(payload)

        send(payload)
        return receive

    def take(self, messages: int) -> asyncio.Future:
        """Receives messages of a flood. Messages that arrived since the last pass count for this one."""
        done, size = self.begin(), self.cell.size
        self.requested += messages
        if self.received >= self.requested:
            self.resolve()

        def receive(message) -> None:
            self.received += 1
            if self.received == self.requested:
                self.checked(message, size)
                self.resolve()

        self.receive = receive
        return done

    def ask(self, text: str) -> asyncio.Future:
        done = self.begin()

        def receive(message) -> None:
            self.resolve(message if isinstance(message, str) else str(message, "utf-8"))

        self.receive = receive
        self.send_text(text)
        return done


class CallbackClient(Client):
    """Runs the workloads on open connections. Subclasses open and close them."""

    def __init__(self, receivers: list[Receiver]) -> None:
        self.receivers = receivers

    async def echo(self, times: Times | None) -> None:
        if len(self.receivers) == 1:
            await self.receivers[0].echo(times)
        else:
            await asyncio.gather(*(receiver.echo(times) for receiver in self.receivers))

    async def receive(self, messages: int) -> None:
        await self.receivers[0].take(messages)

    async def ask(self, text: str) -> str:
        return await self.receivers[0].ask(text)
