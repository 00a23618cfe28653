//! The blocking driver: `poll(2)` with a deadline on the calling thread.
//!
//! The same [`Connection`] as under the loop driver; only the waiting is here. A wait runs in
//! slices, so that whoever owns the thread can end it: a signal, or an environment that goes away.

use crate::connection::{Connection, Tick};
use crate::error::{Error, ErrorKind, Phase};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;
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
    /// Bytes arrived, or the connection ended.
    Readable,
    /// Few enough bytes are unsent.
    Drained,
    /// The deadline passed.
    Deadline,
    /// The interrupt was raised.
    Interrupted,
}

/// Waits, writing what is held meanwhile and keeping the connection alive. Without a deadline it
/// ends by the interest, by the interrupt or by the keepalive.
pub fn wait(
    connection: &mut Connection,
    interest: Interest,
    deadline: Option<Instant>,
    interrupt: &dyn Interrupt,
) -> Result<Wake, Error> {
    // Between two calls nobody read, so silence counts only once nothing has been found unread.
    let mut reading = false;
    if interest.read && connection.is_awaiting_pong() {
        if is_readable(poll_once(connection, true, false, Duration::ZERO)?) {
            return Ok(Wake::Readable);
        }
        reading = true;
    }
    let mut look_at = Instant::now() + SLICE;
    loop {
        let flushed = connection.flush();
        if interest.read && connection.is_unfinished() {
            return Ok(Wake::Readable);
        }
        if interest
            .drain_to
            .is_some_and(|mark| connection.buffered() <= mark)
        {
            return Ok(Wake::Drained);
        }
        let now = Instant::now();
        let Tick::At(tick) = connection.tick(now, reading)? else {
            continue;
        };
        reading = interest.read;
        let until = [deadline, tick, Some(now + SLICE)]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(now);
        if interest.read && stay_awake(connection) {
            return Ok(Wake::Readable);
        }
        let events = poll_once(
            connection,
            interest.read,
            !flushed,
            until.saturating_duration_since(now),
        )?;
        if interest.read && is_readable(events) {
            return Ok(Wake::Readable);
        }
        if (events.is_empty() || now >= look_at) && interrupt.is_raised() {
            return Ok(Wake::Interrupted);
        }
        if now >= look_at {
            look_at = now + SLICE;
        }
        // Also while the peer takes bytes one by one: progress is no reason to outstay the deadline.
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Ok(Wake::Deadline);
        }
    }
}

/// Looks for a reply without sleeping, where that has been paying; whether one came.
fn stay_awake(connection: &mut Connection) -> bool {
    let Some(window) = connection.expect_reply() else {
        return false;
    };
    let woken = connection
        .stream()
        .is_some_and(|stream| poll_awake(stream, Instant::now() + window));
    if !woken {
        connection.handle_silence();
    }
    woken
}

/// Looks for bytes until an instant, giving way to other threads in between; whether there were any.
///
/// Giving way is what makes this harmless where the peer runs on the same core.
pub fn poll_awake(source: impl AsFd, until: Instant) -> bool {
    let mut fds = [PollFd::new(&source, PollFlags::IN)];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    loop {
        if poll(&mut fds, Some(&at_once)).is_ok_and(|ready| ready > 0) {
            return true;
        }
        if Instant::now() >= until {
            return false;
        }
        std::thread::yield_now();
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
