//! One connection of an environment: the connection itself and the state of its driver.

use super::handle::Handle;
use crate::delivery::Batch;
use crate::system::clock;
use std::task::Poll;
use std::time::{Duration, Instant};
use websocket_rs_client::coalescing::Coalescing;
use websocket_rs_client::lingering_close::LingeringClose;
use websocket_rs_client::{Connection, Error, Event, Payload, Scratch, Stats};

/// How long a program may send by the blocking API before the socket is read.
const TURN_INTERVAL: Duration = Duration::from_millis(5);

/// Why [`Record::collect`] has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collected {
    /// Everything that had arrived is in the batch.
    Drained,
    /// The batch is full. More may have arrived.
    More,
    /// The turn has reached its limit. More may have arrived.
    Spent,
    /// The next event is a failure or the peer's close frame, which is delivered in the next turn.
    Ending,
    /// The connection has ended; the batch has the reason.
    Ended,
    /// JavaScript cannot allocate a slab for the next event.
    NoMemory,
}

/// The answer of [`Record::gather`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gather {
    /// The connection has to be listed.
    New,
    /// The connection is listed already.
    Listed,
    /// The connection is read at once.
    Refused,
}

/// The counters of a connection and its last activity, on [`clock::coarse`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordStats {
    pub(crate) counters: Stats,
    /// When a message was last sent; `None` before the first.
    pub(crate) last_sent: Option<Duration>,
    /// When bytes were last received; `None` before the first.
    pub(crate) last_received: Option<Duration>,
}

/// A connection and its driver's state.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // Independent of each other: no state machine is hidden here.
pub(crate) struct Record {
    pub(crate) connection: Connection,
    /// `None` with the blocking driver.
    pub(crate) handle: Option<Handle>,
    /// Whether the socket had no more than the response that has opened the connection, before the keepalive first runs.
    pub(crate) is_just_read: bool,
    /// Whether JavaScript takes messages; `false` while its receive queue is full.
    pub(crate) reading: bool,
    /// Whether JavaScript takes texts as bytes.
    pub(crate) texts_as_bytes: bool,
    /// Whether JavaScript copies the bytes of messages when it walks their rows, as it does with texts.
    pub(crate) copies_bytes: bool,
    /// Whether the peer has ended its side of the socket, or the socket has failed. What the kernel still holds is then
    /// read even if the receive queue is full, so that the program learns of the end.
    pub(crate) has_hung_up: bool,
    /// Whether a failure or a close frame is deferred to the turn that JavaScript requests after it has handled what came before.
    pub(crate) is_end_deferred: bool,
    /// Whether JavaScript is going to request a turn, which is then the next to read.
    pub(crate) is_turn_requested: bool,
    /// When a blocked call last read the socket.
    last_turn: Duration,
    /// Whether the next send is one that `is_turn_due` has refused.
    is_repeated: bool,
    /// Whether the connection is listed to be flushed at the end of the tick.
    pub(crate) is_unflushed: bool,
    /// Whether it may be read and delivered with other connections: JavaScript needs no call of its own for its events.
    pub(crate) is_gatherable: bool,
    /// Whether the connection is listed among those that are read together.
    is_gathered: bool,
    /// Whether the connection is listed among those that their peers are to end.
    is_end_awaited: bool,
    /// Whether the connection is listed among those that expect a reply.
    pub(crate) is_listed: bool,
    /// Whether the connection is listed among those that may have a job on another thread.
    pub(crate) has_job: bool,
    coalescing: Coalescing,
    /// Whether more sends are announced, so that they leave together.
    pub(crate) corked: bool,
    /// Whether sending is paused: the unsent bytes have reached the high-water mark.
    pub(crate) is_paused: bool,
    /// Whether JavaScript waits until nothing is unsent.
    notifies_flushed: bool,
    /// When a message was last sent; `None` before the first.
    last_sent: Option<Duration>,
    /// When a turn has last received bytes; `None` before the first.
    last_received: Option<Duration>,
    /// Whether the last turn has received many bytes.
    pub(crate) is_bulk: bool,
    /// The rest of a failed connection, until its peer has been informed.
    pub(crate) lingering: Option<Box<LingeringClose>>,
    /// When the closing handshake has to be complete.
    pub(crate) close_deadline: Option<Instant>,
    /// Whether that deadline keeps the loop alive.
    pub(crate) is_close_holding: bool,
    high_water_mark: usize,
}

impl Record {
    pub(crate) fn new(connection: Connection, handle: Option<Handle>, high_water_mark: usize) -> Self {
        Self {
            connection,
            handle,
            is_just_read: false,
            reading: true,
            texts_as_bytes: false,
            copies_bytes: false,
            has_hung_up: false,
            is_end_deferred: false,
            is_turn_requested: false,
            last_turn: clock::coarse(),
            is_repeated: false,
            is_unflushed: false,
            is_gatherable: false,
            is_gathered: false,
            is_end_awaited: false,
            is_listed: false,
            has_job: false,
            coalescing: Coalescing::default(),
            corked: false,
            is_paused: false,
            notifies_flushed: false,
            last_sent: None,
            last_received: None,
            is_bulk: false,
            lingering: None,
            close_deadline: None,
            is_close_holding: false,
            high_water_mark,
        }
    }

    /// Returns whether what has arrived is decoded.
    fn is_reading(&self) -> bool {
        self.reading || self.has_hung_up
    }

    /// Notes that the peer has ended its side.
    pub(crate) fn note_hang_up(&mut self) {
        self.has_hung_up = true;
        self.connection.handle_hang_up();
    }

    /// Decides what becomes of a message. Returns whether JavaScript has to request a turn.
    pub(crate) fn decide(&mut self, decide: impl FnOnce(&mut Connection) -> bool) -> bool {
        let is_due = decide(&mut self.connection);
        // Replies to the messages before a refused one come first.
        self.is_end_deferred |= self.connection.is_ending() && self.handle.is_some();
        self.arm();
        is_due
    }

    /// Notes that the connection is going to be read with others, if that is possible.
    pub(crate) fn gather(&mut self) -> Gather {
        if !self.is_gatherable || self.is_turn_requested {
            return Gather::Refused;
        }
        if std::mem::replace(&mut self.is_gathered, true) {
            Gather::Listed
        } else {
            Gather::New
        }
    }

    /// Begins to read a gathered connection. Returns `false` if the next turn to read is one that JavaScript requests.
    pub(crate) fn begin_gathered(&mut self) -> bool {
        self.is_gathered = false;
        self.connection.note_delivered();
        !self.is_turn_requested
    }

    /// Returns whether JavaScript takes the next event.
    pub(crate) fn is_ready(&self) -> bool {
        self.is_reading() && !self.is_end_deferred
    }

    /// Moves what has arrived into the batch.
    pub(crate) fn collect(&mut self, batch: &mut Batch, scratch: &mut Scratch) -> Collected {
        // SAFETY: no window is used after the `end_window` below.
        let Some(mut window) = (unsafe { batch.window() }) else {
            return Collected::NoMemory;
        };
        let received = self.connection.stats().bytes_received;
        self.connection.begin(std::mem::take(scratch));
        let collected = loop {
            let collected = self.decode(batch, window);
            if collected == Collected::Drained && self.connection.wait_for_rest(window) {
                continue;
            }
            if collected != Collected::More || !self.connection.is_window_full() {
                break collected;
            }
            // SAFETY: as above. The old window is last used by `exchange_window`, which copies its unread rest.
            let Some(next) = (unsafe { batch.next_window() }) else {
                break Collected::NoMemory;
            };
            self.connection.exchange_window(window, next);
            window = next;
        };
        let (lent, taken) = self.connection.end(window);
        *scratch = lent;
        batch.end_window(taken);
        if self.connection.stats().bytes_received != received {
            self.last_received = Some(clock::coarse());
        }
        collected
    }

    /// Decodes events into the batch. Returns [`Collected::More`] if the batch or the window is full.
    fn decode(&mut self, batch: &mut Batch, window: &mut [u8]) -> Collected {
        while batch.has_room() {
            let Poll::Ready(event) = self.connection.poll_event(window) else {
                return if self.connection.is_ending() {
                    self.is_end_deferred = self.handle.is_some();
                    Collected::Ending
                } else if self.connection.is_window_full() {
                    Collected::More
                } else if self.connection.is_unfinished() {
                    Collected::Spent
                } else {
                    Collected::Drained
                };
            };
            match event {
                Ok(Event::Message(kind, payload) | Event::Chunk(kind, payload)) => {
                    match (payload, self.texts_as_bytes) {
                        (Payload::Window(place), false) => batch.push(kind, &place, !self.copies_bytes),
                        (Payload::Window(place), true) => batch.push_bytes(kind, &place, !self.copies_bytes),
                        (Payload::Owned(bytes), true) => batch.push_own_bytes(kind, bytes),
                        (Payload::Owned(bytes), false) if self.is_watched() => batch.push_lent(kind, bytes),
                        (Payload::Owned(bytes), false) => batch.push_own(kind, bytes),
                        (Payload::Destination(destination), _) => batch.push_destination(destination),
                    }
                }
                Ok(Event::Ping(payload)) => batch.push_ping(&payload),
                Ok(Event::StreamStart(kind)) => batch.push_stream_start(kind),
                Ok(Event::StreamEnd) => batch.push_stream_end(),
                Ok(Event::Held) => batch.push_held(),
                Ok(Event::Pong(payload, trip)) => batch.push_pong(&payload, trip),
                Ok(Event::Close(code, reason)) => batch.push_close(code, &reason),
                Ok(Event::End) => {
                    batch.push_end();
                    return Collected::Ended;
                }
                Err(error) => {
                    self.fail(&error);
                    batch.push_failure(error);
                    return Collected::Ended;
                }
            }
        }
        Collected::More
    }

    /// Returns whether libuv watches the socket, so that the loop runs after messages are delivered.
    pub(crate) fn is_watched(&self) -> bool {
        self.handle.as_ref().is_some_and(Handle::is_poll)
    }

    /// Returns whether the socket has to be read before a send of the blocking API. In a program that only sends, nothing
    /// else reads a close frame, answers a ping or runs the keepalive. The send that is repeated then is not refused again:
    /// to take a long text from JavaScript may last longer than the interval.
    pub(crate) fn is_turn_due(&mut self, now: Duration) -> bool {
        let has_passed = now.saturating_sub(self.last_turn) >= TURN_INTERVAL;
        self.is_repeated = self.handle.is_none() && has_passed && !self.is_repeated;
        self.is_repeated
    }

    /// Notes that a blocked call has read the socket.
    pub(crate) fn note_turn(&mut self) {
        self.last_turn = clock::coarse();
    }

    /// Writes what was sent at `now`, or holds it until the end of the tick. `batch` is when a batch of several messages
    /// has begun to be handled, whose replies may leave together.
    pub(crate) fn flush_after_send(&mut self, now: Duration, batch: Option<Duration>) {
        self.last_sent = Some(now);
        let at_once = if self.corked {
            self.coalescing.handle_announced(now)
        } else {
            self.handle.is_none() || self.coalescing.handle_send(now, batch)
        };
        // Sending is paused only for bytes that the kernel has refused.
        if at_once || self.connection.buffered() >= self.high_water_mark {
            self.connection.flush();
        }
        self.is_paused |= self.connection.buffered() >= self.high_water_mark;
    }

    /// Writes everything at the end of a tick, at `now`.
    pub(crate) fn flush_tick(&mut self, now: Duration) {
        self.is_unflushed = false;
        self.coalescing.handle_tick_end(now);
        self.connection.flush();
    }

    /// Returns whether JavaScript is to be notified: sending is paused but need not be any longer, or nothing is unsent
    /// and it has asked for that.
    pub(crate) fn is_drained(&self) -> bool {
        let unsent = self.connection.buffered();
        (self.is_paused && unsent <= self.high_water_mark / 2) || (self.notifies_flushed && self.is_flushed())
    }

    /// Ends the pause if [`Record::is_drained`], and returns whether it did.
    pub(crate) fn take_drained(&mut self) -> bool {
        let drained = self.is_drained();
        self.is_paused &= !drained;
        self.notifies_flushed &= !self.is_flushed();
        drained
    }

    /// Whether nothing is unsent, also of what a stream of JavaScript has to write.
    fn is_flushed(&self) -> bool {
        self.connection.buffered() == 0 && !self.connection.is_relaying()
    }

    /// Returns whether a turn has to follow a write of the stream.
    pub(crate) fn needs_writable(&self) -> bool {
        self.is_drained() || self.connection.is_blocked()
    }

    /// Asks for a row `Drained` when nothing is unsent.
    pub(crate) fn notify_flushed(&mut self) {
        self.notifies_flushed = true;
        self.arm();
    }

    /// Writes everything. Returns whether from now on the peer is to end the connection.
    pub(crate) fn flush_turn(&mut self) -> bool {
        self.connection.flush();
        let begins = self.connection.is_awaiting_end() && !self.is_end_awaited;
        self.is_end_awaited |= begins;
        begins
    }

    /// Returns the counters of the connection and its last activity.
    pub(crate) fn stats(&self) -> RecordStats {
        RecordStats {
            counters: self.connection.stats(),
            last_sent: self.last_sent,
            last_received: self.last_received,
        }
    }

    /// Fails the connection. Closes the handle first, as libuv requires.
    pub(crate) fn fail(&mut self, error: &Error) {
        self.handle = None;
        self.lingering = self.connection.fail(error);
    }

    /// Closes the socket without waiting for what is unsent. Closes the handle first, as libuv requires.
    pub(crate) fn abort(&mut self) {
        self.handle = None;
        self.connection.terminate();
    }

    /// Closes the handle and then the socket, as libuv requires.
    pub(crate) fn close(self) {
        drop(self.handle);
        drop(self.connection);
    }

    /// Sets the events that the loop waits for. If sending is paused, it waits for writability even if nothing is unsent:
    /// that event ends the pause, unless the end of a job does.
    pub(crate) fn arm(&mut self) {
        let ends_pause = self.is_paused && !self.connection.is_compressing();
        let write = ends_pause || self.connection.unwritten() > 0;
        let read = self.is_reading() && !self.connection.is_suspended();
        if let Some(handle) = &mut self.handle {
            handle.arm(&self.connection, read, write);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program with many idle connections has a record for each, so what most of them never need is boxed.
    #[test]
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    fn takes_little_memory() {
        assert!(size_of::<Record>() <= 1408, "{}", size_of::<Record>());
    }
}
