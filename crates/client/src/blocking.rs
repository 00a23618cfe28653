//! The blocking driver: `poll(2)` with a deadline on the calling thread.
//!
//! The same [`Connection`] as under the loop driver; only the waiting is here. A wait runs in
//! slices, so that whoever owns the thread can end it: a signal, or an environment that goes away.

use crate::connection::{Connection, Tick};
use crate::error::{Error, ErrorKind, Phase};
use rustix::event::{PollFd, PollFlags, poll};
use std::io;
use std::time::{Duration, Instant};

/// Longest time between two looks at [`Interrupt::is_raised`].
const SLICE: Duration = Duration::from_millis(100);

/// Ends a wait from outside.
pub trait Interrupt {
    /// Asked after every signal and at least every 100 ms.
    fn is_raised(&self) -> bool;
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// The socket is ready.
    Ready,
    /// The deadline passed.
    Deadline,
    /// The interrupt was raised.
    Interrupted,
}

/// Waits until bytes arrive, writing what is held meanwhile and keeping the connection alive.
pub fn wait_readable(
    connection: &mut Connection,
    deadline: Option<Instant>,
    interrupt: &dyn Interrupt,
) -> Result<Wake, Error> {
    wait(connection, true, deadline, interrupt)
}

/// Waits until everything sent is with the kernel. Nothing is read, so a peer that waits for us to
/// read is a deadlock the deadline ends.
pub fn wait_flushed(
    connection: &mut Connection,
    deadline: Option<Instant>,
    interrupt: &dyn Interrupt,
) -> Result<Wake, Error> {
    wait(connection, false, deadline, interrupt)
}

fn wait(
    connection: &mut Connection,
    read: bool,
    deadline: Option<Instant>,
    interrupt: &dyn Interrupt,
) -> Result<Wake, Error> {
    if read && connection.is_unfinished() {
        return Ok(Wake::Ready);
    }
    loop {
        let flushed = connection.flush()?;
        if !read && flushed {
            return Ok(Wake::Ready);
        }
        let now = Instant::now();
        let wake_at = match connection.tick(now, read)? {
            Tick::Pinged => continue,
            Tick::At(at) => at,
        };
        let until = [deadline, wake_at, Some(now + SLICE)]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(now);
        let events = poll_once(connection, read, !flushed, until.saturating_duration_since(now))?;
        if read && events.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) {
            return Ok(Wake::Ready);
        }
        if events.is_empty() {
            if interrupt.is_raised() {
                return Ok(Wake::Interrupted);
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Ok(Wake::Deadline);
            }
        }
    }
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
