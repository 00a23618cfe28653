"""The works for libraries that call back with each message."""

from __future__ import annotations

import asyncio
from time import monotonic_ns

from job import Cell
from measure import Client, Times, check


class Receiver:
    """What is done with the messages of one connection: the library calls `receive`, which the works set."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        # Both are the library's own; the first sends the payload of the cell.
        self.send = self.send_text = None
        # A flood begins with the connection, before anybody has asked for its first message.
        self.receive = self.early if cell.work == "source" else self.surprised
        self.done: asyncio.Future
        # Of a flood, over all passes.
        self.received = self.wanted = 0

    def early(self, message) -> None:
        self.received += 1

    def surprised(self, message) -> None:
        raise RuntimeError("a message came that nobody waits for")

    def begin(self) -> asyncio.Future:
        self.done = asyncio.get_running_loop().create_future()
        return self.done

    def checked(self, message, size: int) -> None:
        """In a callback nobody hears an exception: it goes to who waits for the pass."""
        try:
            check(message, size)
        except RuntimeError as error:
            if not self.done.done():
                self.done.set_exception(error)

    def resolve(self, result=None) -> None:
        if not self.done.done():
            self.done.set_result(result)

    def echo(self, times: Times | None) -> asyncio.Future:
        """As many messages in flight as the cell says; each echo is answered while any are left."""
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
        """One message in flight and the time of each."""
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
        """Messages of a flood. What came since the pass before counts: its time was of this kind too."""
        done, size = self.begin(), self.cell.size
        self.wanted += messages
        if self.received >= self.wanted:
            self.resolve()

        def receive(message) -> None:
            self.received += 1
            if self.received == self.wanted:
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
    """The works on some connections. Opening and closing them is the library's part."""

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
