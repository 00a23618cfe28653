"""The workloads for libraries with a blocking API."""

from __future__ import annotations

from abc import abstractmethod
from threading import Thread
from time import monotonic_ns

from job import Cell
from measure import Client, Times, check

# Bytes that may be in flight while the client does not read: 100 messages of 64 KiB fit into the kernel's buffers with
# the defaults of Linux, twice as much does not.
KERNEL_HOLDS = 6400 * 1024


class BlockingClient(Client):
    """The connections of a cell, on one thread: sends a message to each, then receives an echo from each."""

    def __init__(self, cell: Cell, sockets: list) -> None:
        self.cell = cell
        self.sockets = sockets
        self.senders = [self.sender(ws) for ws in sockets]
        # Messages of each connection in earlier passes of a compressed cell.
        self.before = 0

    @abstractmethod
    def sender(self, ws):
        """Returns the function that sends the payload on a connection."""

    def terminate(self) -> None:
        self.close()

    def close(self) -> None:
        for ws in self.sockets:
            ws.close()

    def echo(self, times: Times | None) -> None:
        if self.cell.is_compressed:
            self.echo_texts(times)
        elif times is not None:
            self.timed_echo(times)
        elif overflows(self.cell):
            self.threaded_echo()
        elif len(self.sockets) == 1:
            self.echo_on_one()
        else:
            self.echo_on_all()

    def timed_echo(self, times: Times) -> None:
        (send,), (ws,), payload = self.senders, self.sockets, self.cell.payload
        recv, size = ws.recv, self.cell.echo_size
        for received in range(self.cell.share):
            sent_at = monotonic_ns()
            send(payload)
            message = recv()
            times.note(sent_at, message)
            if received == 0:
                check(message, size)
        check(message, size)

    def echo_on_one(self) -> None:
        (send,), (ws,), payload = self.senders, self.sockets, self.cell.payload
        recv, share, sent = ws.recv, self.cell.share, self.cell.in_flight
        for _ in range(sent):
            send(payload)
        for received in range(share):
            message = recv()
            if sent < share:
                sent += 1
                send(payload)
            if received == 0:
                check(message, self.cell.echo_size)
        check(message, self.cell.echo_size)

    def echo_on_all(self) -> None:
        payload, share, sent = self.cell.payload, self.cell.share, self.cell.in_flight
        pairs = [(send, ws.recv) for send, ws in zip(self.senders, self.sockets, strict=True)]
        for send in self.senders:
            for _ in range(sent):
                send(payload)
        for received in range(share):
            answers = sent < share
            for send, recv in pairs:
                message = recv()
                if received in (0, share - 1):
                    check(message, self.cell.echo_size)
                if answers:
                    send(payload)
            sent += answers

    def echo_texts(self, times: Times | None) -> None:
        """The echo of compressed cells, whose messages differ."""
        payload_at, share, sent = self.cell.payload_after(self.before), self.cell.share, self.cell.in_flight
        self.before += share
        pairs = [(send, ws.recv) for send, ws in zip(self.senders, self.sockets, strict=True)]
        sent_at = monotonic_ns()
        for send in self.senders:
            for number in range(sent):
                send(payload_at(number))
        for received in range(share):
            for send, recv in pairs:
                message = recv()
                if times is not None:
                    times.note(sent_at, message)
                if received in (0, share - 1):
                    check(message, self.cell.echo_size)
                if sent < share:
                    sent_at = monotonic_ns()
                    send(payload_at(sent))
            sent += 1

    def threaded_echo(self) -> None:
        """Sends a burst larger than the kernel's buffers from a second thread, as on one both sides would wait forever."""
        (send,), (ws,), payload = self.senders, self.sockets, self.cell.payload
        share, first = self.cell.share, self.cell.in_flight

        def send_all() -> None:
            for _ in range(first):
                send(payload)

        thread = Thread(target=send_all, daemon=True)
        thread.start()
        for received in range(share):
            message = ws.recv()
            if received < share - first:
                send(payload)
            if received == 0:
                check(message, self.cell.echo_size)
        check(message, self.cell.echo_size)
        thread.join()

    def receive(self, messages: int) -> None:
        recv = self.sockets[0].recv
        for _ in range(messages):
            message = recv()
        check(message, self.cell.size)

    def flood(self, messages: int) -> None:
        send, payload = self.senders[0], self.cell.payload
        for _ in range(messages):
            send(payload)

    def ask(self, text: str) -> str:
        self.sockets[0].send(text)
        return self.sockets[0].recv()


def overflows(cell: Cell) -> bool:
    return not cell.is_compressed and cell.connections == 1 and cell.in_flight * cell.size > KERNEL_HOLDS
