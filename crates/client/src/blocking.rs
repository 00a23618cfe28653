//! The driver of the blocking API: `poll(2)` with a deadline on the calling thread.
//!
//! It drives the same [`Connection`] as the loop driver and differs only in how it waits. A wait consists of slices,
//! between which the owner of the thread can end it: on a signal, or when its environment ends.

use crate::busy_poll::poll_until_readable;
use crate::connection::{Connection, KeepaliveStep};
use crate::error::{Error, ErrorKind, Phase};
use rustix::event::{PollFd, PollFlags, poll};
use std::io;
use std::time::{Duration, Instant};

/// Longest time between two calls of [`Interrupt::is_raised`].
pub const SLICE: Duration = Duration::from_millis(100);

/// The peer has ended its side. Elsewhere than on Linux, this is noticed only by reading.
#[cfg(any(target_os = "linux", target_os = "android"))]
const HANG_UP: PollFlags = PollFlags::RDHUP;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const HANG_UP: PollFlags = PollFlags::empty();

/// Interrupts a wait.
pub trait Interrupt {
    /// Whether to end the wait. Called after every signal, and at least once every [`SLICE`].
    fn is_raised(&self) -> bool;
}

/// What a wait waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest {
    /// Ends the wait when bytes arrive.
    pub read: bool,
    /// Ends the wait when at most this many bytes are unsent.
    pub drain_to: Option<usize>,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// The driver should read: bytes have arrived, the connection has ended, or a speculative read is due.
    Readable,
    /// At most the wanted number of bytes is unsent.
    Drained,
    /// The deadline has passed.
    Deadline,
    /// The interrupt is raised.
    Interrupted,
}

/// The wait of a blocked call. It is resumable: each step ends when the driver has something to do.
pub struct Wait<'a> {
    interest: Interest,
    deadline: Option<Instant>,
    interrupt: &'a dyn Interrupt,
    /// When to call the interrupt next.
    check_interrupt_at: Instant,
    /// The socket has been polled. Nothing was read before this wait, so silence does not count until then.
    polled: bool,
    /// The socket has been polled since the deadline passed.
    polled_late: bool,
}

impl<'a> Wait<'a> {
    /// Begins a wait. Without a deadline, only the interest, the interrupt or the keepalive end it.
    pub fn new(
        interest: Interest,
        now: Instant,
        deadline: Option<Instant>,
        interrupt: &'a dyn Interrupt,
    ) -> Self {
        Self {
            interest,
            deadline,
            interrupt,
            check_interrupt_at: now + SLICE,
            polled: false,
            polled_late: false,
        }
    }

    /// Waits, and meanwhile writes what is held and runs the keepalive.
    pub fn step(&mut self, connection: &mut Connection) -> Result<Wake, Error> {
        loop {
            let flushed = connection.flush();
            let is_drained = |mark| connection.buffered() <= mark;
            if self.interest.drain_to.is_some_and(is_drained) {
                return Ok(Wake::Drained);
            }
            let now = Instant::now();
            if self.is_interrupted(now) {
                return Ok(Wake::Interrupted);
            }
            if self.is_late(now) {
                return self.poll_once_more(connection, now);
            }
            // While a message is held, nothing is read.
            let reads = self.interest.read && !connection.is_held();
            if (reads || self.interest.read && connection.is_unfinished()) && self.should_read(connection) {
                return Ok(Wake::Readable);
            }
            // Busy-polling takes time.
            let now = Instant::now();
            let KeepaliveStep::WaitUntil(tick) = connection.poll_keepalive(now, self.polled && reads)? else {
                continue;
            };
            let until = [self.deadline, tick, Some(now + SLICE)]
                .into_iter()
                .flatten()
                .min();
            let timeout = until.unwrap_or(now).saturating_duration_since(now);
            let events = poll_once(connection, reads, !flushed, timeout)?;
            self.polled = true;
            if has_hung_up(events) {
                connection.refuse_message();
            }
            if reads && is_readable(events) || has_hung_up(events) {
                return Ok(Wake::Readable);
            }
            if events.is_empty() {
                // The reason may be a signal.
                self.check_interrupt_at = now;
            }
        }
    }

    fn is_interrupted(&mut self, now: Instant) -> bool {
        if now < self.check_interrupt_at {
            return false;
        }
        self.check_interrupt_at = now + SLICE;
        self.interrupt.is_raised()
    }

    /// Whether the deadline has passed. The socket is polled at least once, however short the time is.
    fn is_late(&self, now: Instant) -> bool {
        self.polled && self.deadline.is_some_and(|deadline| deadline <= now)
    }

    /// Ends the wait after its deadline. Polls the socket once more, because the system may have suspended this thread
    /// while bytes arrived in time. Does not do so again, because a peer may send without end.
    fn poll_once_more(&mut self, connection: &mut Connection, now: Instant) -> Result<Wake, Error> {
        let first = !std::mem::replace(&mut self.polled_late, true);
        if first && self.interest.read && !connection.is_held() {
            let events = poll_once(connection, true, false, Duration::ZERO)?;
            if is_readable(events) {
                return Ok(Wake::Readable);
            }
        }
        if connection.poll_keepalive(now, self.interest.read)? == KeepaliveStep::Pinged {
            connection.flush();
        }
        Ok(Wake::Deadline)
    }

    /// Whether the driver should read without sleeping first.
    fn should_read(&mut self, connection: &mut Connection) -> bool {
        let first = !std::mem::replace(&mut self.polled, true);
        if connection.is_unfinished() || connection.expect_reply() {
            return true;
        }
        if connection.retry_read() {
            return true;
        }
        if let Some(window) = connection.begin_wait() {
            let until = Instant::now() + window;
            if connection
                .stream()
                .is_some_and(|stream| poll_until_readable(stream, until))
            {
                return true;
            }
            connection.handle_busy_poll_miss();
        }
        // The pong may have arrived before this call.
        first && connection.is_awaiting_pong()
    }
}

/// Whether the peer has ended its side of the socket, or the socket has failed. What the kernel still holds is then read
/// even without interest in it, so that the program learns of the end.
fn has_hung_up(events: PollFlags) -> bool {
    events.intersects(HANG_UP | PollFlags::HUP | PollFlags::ERR)
}

fn is_readable(events: PollFlags) -> bool {
    events.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR)
}

/// Calls `poll(2)` once. Returns no events after a timeout or a signal.
fn poll_once(
    connection: &Connection,
    read: bool,
    write: bool,
    timeout: Duration,
) -> Result<PollFlags, Error> {
    let Some(stream) = connection.stream() else {
        return Err(Error::new(Phase::Open, ErrorKind::Closing));
    };
    let mut wanted = HANG_UP;
    wanted.set(PollFlags::IN, read);
    wanted.set(PollFlags::OUT, write);
    let mut fds = [PollFd::new(stream, wanted)];
    let timeout = timeout.try_into().ok();
    match poll(&mut fds, timeout.as_ref()) {
        Ok(_) => Ok(fds.first().map_or(PollFlags::empty(), PollFd::revents)),
        Err(rustix::io::Errno::INTR) => Ok(PollFlags::empty()),
        Err(error) => Err(Error::new(Phase::Open, ErrorKind::Io(io::Error::from(error)))),
    }
}
