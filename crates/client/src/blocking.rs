//! The blocking driver: `poll(2)` with a deadline on the calling thread.
//!
//! The same [`Connection`] as under the loop driver; only the waiting is here. A wait runs in
//! slices, so that whoever owns the thread can end it: a signal, or an environment that goes away.

use crate::busy_poll::poll_until_readable;
use crate::connection::{Connection, KeepaliveStep};
use crate::error::{Error, ErrorKind, Phase};
use rustix::event::{PollFd, PollFlags, poll};
use std::io;
use std::time::{Duration, Instant};

/// Longest time between two looks at [`Interrupt::is_raised`].
pub const SLICE: Duration = Duration::from_millis(100);

/// Ends a wait from outside.
pub trait Interrupt {
    /// Asked after every signal and at least every [`SLICE`].
    fn is_raised(&self) -> bool;
}

/// What a wait is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest {
    /// Incoming bytes end the wait.
    pub read: bool,
    /// So few unsent bytes end the wait.
    pub drain_to: Option<usize>,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// The driver is to read: bytes arrived, the connection ended, or it is the quickest way to find out.
    Readable,
    /// Few enough bytes are unsent.
    Drained,
    /// The deadline passed.
    Deadline,
    /// The interrupt was raised.
    Interrupted,
}

/// One wait of a blocked call, in steps: after each look at the socket the driver may go on with it.
pub struct Wait<'a> {
    interest: Interest,
    deadline: Option<Instant>,
    interrupt: &'a dyn Interrupt,
    /// When the interrupt is asked next.
    check_interrupt_at: Instant,
    /// The socket has been polled at. Nothing was read before this wait, so until then silence counts for nothing.
    polled: bool,
    /// It has been polled at since the deadline passed.
    polled_late: bool,
}

impl<'a> Wait<'a> {
    /// Begins a wait. Without a deadline it ends by the interest, by the interrupt or by the keepalive.
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

    /// Waits, writing what is held meanwhile and keeping the connection alive.
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
            if self.interest.read && self.should_read(connection) {
                return Ok(Wake::Readable);
            }
            // To look may have taken its time.
            let now = Instant::now();
            let KeepaliveStep::WaitUntil(tick) =
                connection.poll_keepalive(now, self.polled && self.interest.read)?
            else {
                continue;
            };
            let until = [self.deadline, tick, Some(now + SLICE)]
                .into_iter()
                .flatten()
                .min();
            let timeout = until.unwrap_or(now).saturating_duration_since(now);
            let events = poll_once(connection, self.interest.read, !flushed, timeout)?;
            self.polled = true;
            if self.interest.read && is_readable(events) {
                return Ok(Wake::Readable);
            }
            if events.is_empty() {
                // It may have been a signal.
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

    /// Whether the deadline has passed. The socket is polled at once however short the time is.
    fn is_late(&self, now: Instant) -> bool {
        self.polled && self.deadline.is_some_and(|deadline| deadline <= now)
    }

    /// Ends the wait. What arrived in time may not have been read: the system may have stopped this thread meanwhile, so
    /// the socket is polled at once more. It is not polled at again after that, because a peer may send without end.
    fn poll_once_more(&mut self, connection: &mut Connection, now: Instant) -> Result<Wake, Error> {
        let first = !std::mem::replace(&mut self.polled_late, true);
        if first && self.interest.read {
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

    /// Whether the driver is to read without sleeping before.
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
        // The answer to a ping may lie in the socket since before this call.
        first && connection.is_awaiting_pong()
    }
}

fn is_readable(events: PollFlags) -> bool {
    events.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR)
}

/// One `poll(2)`; no events where it timed out or a signal came.
fn poll_once(
    connection: &Connection,
    read: bool,
    write: bool,
    timeout: Duration,
) -> Result<PollFlags, Error> {
    let Some(stream) = connection.stream() else {
        return Err(Error::new(Phase::Open, ErrorKind::Closing));
    };
    let mut wanted = PollFlags::empty();
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
