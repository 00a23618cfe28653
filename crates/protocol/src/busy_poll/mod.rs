//! When to busy-poll for a reply, that is, to poll without sleeping.
//!
//! Putting a thread to sleep and waking it up can take longer than the peer takes to reply. While a reply is expected,
//! a driver therefore does two things before it sleeps:
//!
//! 1. A **speculative read**. If the peer runs on the same core, the system mostly schedules it as soon as it has something
//!    to do, and its reply has arrived when `write` returns. If the first read finds nothing, the driver may yield once and
//!    read again.
//! 2. **Busy-polling** for at most [`MAX_WINDOW`], yielding between polls. This is quicker than sleeping if the peer runs on
//!    another core.
//!
//! [`BusyPoll`] measures both and uses what has been quicker. After each read and each window that found nothing it
//! backs off for longer, so that a slow peer costs next to nothing. If another thread keeps the core for a whole
//! scheduler slice after a yield, [`Contention`] makes the driver sleep.

mod backoff;
mod contention;
mod rest;

pub use contention::Contention;

use backoff::Backoff;
use rest::RestOfMessage;
use std::time::{Duration, Instant};

/// Longest time that is spent busy-polling for one reply. Sleeping and waking up cost about as much.
pub const MAX_WINDOW: Duration = Duration::from_micros(50);
/// Shortest such time: no peer replies sooner.
const MIN_WINDOW: Duration = Duration::from_micros(10);
/// A gap that is longer than this is not measured: the thread was busy with something else when the reply came.
const LATE: Duration = Duration::from_millis(1);
/// Longest gap that enters an average, so that one outlier does not decide for the next hundred replies.
const MAX_GAP: Duration = Duration::from_micros(200);
/// Most replies in a row for which busy-polling is skipped after it has found nothing.
const MAX_BACKOFF: u32 = 4096;
/// Most replies in a row for which the speculative read is skipped after it has found nothing. Such a read is cheap,
/// and skipping one that would have found the reply is not.
const MAX_READ_BACKOFF: u32 = 256;
/// A yield that takes longer than this has given the core to a thread that is not the peer, or to a peer that is too
/// slow to busy-poll for.
pub const CONTENDED: Duration = MAX_GAP;
/// One in this many replies that are slept for is measured, since reading the clock is expensive.
const SAMPLE_EVERY: u32 = 16;
/// The way of waiting that seems to be slower is tried again for one in this many replies.
const RETRY_EVERY: u32 = 256;

/// The option `busyPoll`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Always sleeps.
    #[default]
    Off,
    /// Busy-polls while that is quicker than sleeping.
    Auto,
    /// Busy-polls for this long before every sleep.
    Fixed(Duration),
}

/// How the next reply is being waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    No,
    /// The driver reads speculatively, and once more after a yield if `may_retry`. If it finds nothing it waits by
    /// `method`.
    Reading {
        method: WaitMethod,
        may_retry: bool,
    },
    BusyPolling {
        since: Instant,
    },
    Sleeping {
        since: Instant,
    },
    /// Sleeping without a measurement, by choice or because busy-polling found nothing.
    Untimed,
}

/// A way of waiting for a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WaitMethod {
    BusyPoll(Duration),
    Sleep,
    UntimedSleep,
}

/// The average time between the start of a wait and the reply; `None` before the first reply.
#[derive(Debug, Clone, Copy, Default)]
struct AverageGap(Option<Duration>);

impl AverageGap {
    fn add(&mut self, gap: Duration) {
        let gap = gap.min(MAX_GAP);
        self.0 = Some(self.0.map_or(gap, |average| (average * 7 + gap) / 8));
    }
}

/// One connection's record of how soon its peer replies.
#[derive(Debug, Clone)]
pub struct BusyPoll {
    mode: Mode,
    waiting: Waiting,
    polling_gap: AverageGap,
    sleep_gap: AverageGap,
    replies: u32,
    polling_backoff: Backoff,
    read_backoff: Backoff,
    rest: RestOfMessage,
    /// Reads of the connection when the last part of a message arrived.
    rest_reads: u64,
    hits: u64,
    misses: u64,
}

impl BusyPoll {
    /// Creates a record without any measurement.
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            waiting: Waiting::No,
            polling_gap: AverageGap::default(),
            sleep_gap: AverageGap::default(),
            replies: 0,
            polling_backoff: Backoff::default(),
            read_backoff: Backoff::default(),
            rest: RestOfMessage::default(),
            rest_reads: 0,
            hits: 0,
            misses: 0,
        }
    }

    /// Whether it may ever busy-poll.
    pub fn is_on(&self) -> bool {
        self.mode != Mode::Off
    }

    /// Begins to expect a reply. Returns `true` if the driver should read at once and, if that finds nothing, call
    /// [`BusyPoll::begin_wait`]; `false` if it should sleep, or if a reply has been expected before and nothing has
    /// come since.
    ///
    /// `contended` returns whether other threads are known to want the core, and is called at most once for each reply.
    /// `now` is called only if its result is used.
    pub fn expect(&mut self, contended: impl FnOnce() -> bool, now: impl FnOnce() -> Instant) -> bool {
        if self.waiting != Waiting::No {
            return false;
        }
        let contended = self.mode == Mode::Auto && contended();
        let method = match self.mode {
            Mode::Off => return false,
            Mode::Fixed(window) => WaitMethod::BusyPoll(window),
            Mode::Auto if contended => WaitMethod::UntimedSleep,
            Mode::Auto => self.choose(),
        };
        let busy_polls = matches!(method, WaitMethod::BusyPoll(_));
        // Busy-polling begins with a read in any case, so it is not skipped there.
        if !busy_polls && self.read_backoff.skips() {
            self.start(method, now);
            return false;
        }
        let may_retry = !busy_polls && !contended;
        self.waiting = Waiting::Reading { method, may_retry };
        true
    }

    fn choose(&mut self) -> WaitMethod {
        if self.polling_backoff.skips() {
            return WaitMethod::UntimedSleep;
        }
        if !self.prefers_sleep() {
            return WaitMethod::BusyPoll(self.window());
        }
        let is_sampled = self.sleep_gap.0.is_none() || self.replies.is_multiple_of(SAMPLE_EVERY);
        if is_sampled {
            WaitMethod::Sleep
        } else {
            WaitMethod::UntimedSleep
        }
    }

    fn start(&mut self, method: WaitMethod, now: impl FnOnce() -> Instant) -> Option<Duration> {
        match method {
            WaitMethod::BusyPoll(window) => {
                self.waiting = Waiting::BusyPolling { since: now() };
                return Some(window);
            }
            WaitMethod::Sleep => self.waiting = Waiting::Sleeping { since: now() },
            WaitMethod::UntimedSleep => self.waiting = Waiting::Untimed,
        }
        None
    }

    /// Notes a speculative read that found nothing. Returns whether to yield to other threads and read once more.
    pub fn handle_empty_read(&mut self) -> bool {
        let Waiting::Reading { may_retry, .. } = &mut self.waiting else {
            return false;
        };
        let retries = std::mem::take(may_retry);
        if !retries {
            self.read_backoff.grow(MAX_READ_BACKOFF);
        }
        retries
    }

    /// Ends the speculative reads without a reply. Returns how long to busy-poll, or `None` to sleep at once.
    pub fn begin_wait(&mut self, now: impl FnOnce() -> Instant) -> Option<Duration> {
        let Waiting::Reading { method, .. } = self.waiting else {
            return None;
        };
        self.start(method, now)
    }

    fn window(&self) -> Duration {
        self.polling_gap
            .0
            .map_or(MAX_WINDOW, |gap| (gap * 2).clamp(MIN_WINDOW, MAX_WINDOW))
    }

    fn prefers_sleep(&mut self) -> bool {
        self.replies = self.replies.wrapping_add(1);
        let (Some(sleep), Some(busy_poll)) = (self.sleep_gap.0, self.polling_gap.0) else {
            return self.sleep_gap.0.is_none();
        };
        // Busy-polling uses the processor, so it has to be quicker than sleeping.
        (sleep <= busy_poll) != self.replies.is_multiple_of(RETRY_EVERY)
    }

    /// Whether the driver is reading speculatively or busy-polling.
    pub fn is_expecting(&self) -> bool {
        matches!(
            self.waiting,
            Waiting::Reading { .. } | Waiting::BusyPolling { .. }
        )
    }

    /// Notes that bytes have arrived. `now` is called only if a reply was expected.
    pub fn handle_reply(&mut self, now: impl FnOnce() -> Instant) {
        let waiting = std::mem::replace(&mut self.waiting, Waiting::No);
        if matches!(waiting, Waiting::Reading { .. }) {
            self.hits += 1;
            return self.read_backoff.reset();
        }
        let (Waiting::BusyPolling { since } | Waiting::Sleeping { since }) = waiting else {
            return;
        };
        let gap = now().saturating_duration_since(since);
        if gap > LATE {
            return;
        }
        if matches!(waiting, Waiting::Sleeping { .. }) {
            return self.sleep_gap.add(gap);
        }
        self.polling_gap.add(gap);
        self.hits += 1;
        self.polling_backoff.reset();
    }

    /// Notes that busy-polling found nothing within its window.
    pub fn handle_miss(&mut self) {
        if !matches!(self.waiting, Waiting::BusyPolling { .. }) {
            return;
        }
        self.waiting = Waiting::Untimed;
        self.misses += 1;
        // The window may have been too short.
        self.polling_gap.add(MAX_WINDOW);
        self.polling_backoff.grow(MAX_BACKOFF);
    }

    /// Notes that a part of a message has arrived, with the `reads`-th read of the connection. Returns whether to yield
    /// to other threads and read once more before sleeping, since the peer is probably sending the rest.
    pub fn expect_rest(&mut self, reads: u64, contended: impl FnOnce() -> bool) -> bool {
        if !self.is_on() {
            return false;
        }
        let is_new_part = std::mem::replace(&mut self.rest_reads, reads) != reads;
        self.rest.expect(is_new_part, contended)
    }

    /// Stops expecting the rest of this part after one more read, because another thread had the core.
    pub fn stop_expecting_rest(&mut self) {
        self.rest.stop();
    }

    /// Returns how many replies were found by a speculative read or by busy-polling, and how many windows found
    /// nothing.
    pub fn counts(&self) -> (u64, u64) {
        (self.hits, self.misses)
    }
}

#[cfg(test)]
mod tests;
