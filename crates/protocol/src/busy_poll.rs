//! When it pays to wait for a reply awake.
//!
//! Putting a thread to sleep and waking it may take longer than the peer takes to answer. So while a
//! reply is expected, a driver may look for it a few times before it sleeps. Whether that is any
//! quicker depends on where the peer runs: on another core it mostly is, on the same core it is not.
//! This module tries both, keeps to the quicker one, and never has a driver stay awake longer than
//! [`MAX_WINDOW`]. After every wait in vain it pauses for longer, so that a slow peer costs next to
//! nothing.

use std::time::{Duration, Instant};

/// Longest time awake for one reply. Sleeping and waking costs about as much.
pub const MAX_WINDOW: Duration = Duration::from_micros(50);
/// Shortest: less than that is over before the peer can have answered.
const MIN_WINDOW: Duration = Duration::from_micros(10);
/// A reply that took longer was found by a thread that had other things to do: it says nothing.
const LATE: Duration = Duration::from_millis(1);
/// Longest gap that is averaged, so that one accident does not decide for the next hundred replies.
const MAX_GAP: Duration = Duration::from_micros(200);
/// Most replies in a row that are waited for asleep after waits in vain.
const MAX_PAUSE: u32 = 4096;
/// Of replies that are waited for asleep one in so many is measured: asking for the time has its price.
const MEASURE: u32 = 16;
/// Every so many replies the way of waiting that seems slower is tried again.
const TRY_AGAIN: u32 = 256;

/// The option `busyPoll`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Always sleep.
    #[default]
    Off,
    /// Stay awake where that has been paying.
    Auto,
    /// Stay awake for so long, whether it pays or not.
    Fixed(Duration),
}

/// How the next reply is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    No,
    Awake {
        since: Instant,
    },
    Asleep {
        since: Instant,
    },
    /// Awake it was waited for in vain, or it was not to be measured.
    Unmeasured,
}

/// How long replies have been taking, on average; `None` before the first.
#[derive(Debug, Clone, Copy, Default)]
struct Average(Option<Duration>);

impl Average {
    fn add(&mut self, gap: Duration) {
        let gap = gap.min(MAX_GAP);
        self.0 = Some(self.0.map_or(gap, |average| (average * 7 + gap) / 8));
    }
}

/// One connection's record of how soon its peer answers.
#[derive(Debug, Clone)]
pub struct BusyPoll {
    mode: Mode,
    waiting: Waiting,
    awake: Average,
    asleep: Average,
    replies: u32,
    /// Replies to be waited for asleep.
    pause: u32,
    /// How many it was last time.
    last_pause: u32,
    hits: u64,
    misses: u64,
}

impl BusyPoll {
    /// Knows nothing yet of its peer.
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            waiting: Waiting::No,
            awake: Average::default(),
            asleep: Average::default(),
            replies: 0,
            pause: 0,
            last_pause: 0,
            hits: 0,
            misses: 0,
        }
    }

    /// Whether it would ever stay awake.
    pub fn is_on(&self) -> bool {
        self.mode != Mode::Off
    }

    /// A reply is expected from now on. How long to stay awake for it; `None` for not at all, or where
    /// that was said before and nothing has come since. `now` is asked only where it matters.
    pub fn expect(&mut self, now: impl FnOnce() -> Instant) -> Option<Duration> {
        if self.waiting != Waiting::No {
            return None;
        }
        let window = match self.mode {
            Mode::Off => return None,
            Mode::Fixed(window) => window,
            Mode::Auto => {
                if self.pause > 0 {
                    self.pause -= 1;
                    self.waiting = Waiting::Unmeasured;
                    return None;
                }
                if self.prefers_sleep() {
                    let measured = self.asleep.0.is_none() || self.replies.is_multiple_of(MEASURE);
                    self.waiting = if measured {
                        Waiting::Asleep { since: now() }
                    } else {
                        Waiting::Unmeasured
                    };
                    return None;
                }
                self.window()
            }
        };
        self.waiting = Waiting::Awake { since: now() };
        Some(window)
    }

    fn window(&self) -> Duration {
        self.awake
            .0
            .map_or(MAX_WINDOW, |gap| (gap * 2).clamp(MIN_WINDOW, MAX_WINDOW))
    }

    fn prefers_sleep(&mut self) -> bool {
        self.replies = self.replies.wrapping_add(1);
        let (Some(asleep), Some(awake)) = (self.asleep.0, self.awake.0) else {
            return self.asleep.0.is_none();
        };
        // Being awake costs the processor something, so it has to be quicker to be worth it.
        (asleep <= awake) != self.replies.is_multiple_of(TRY_AGAIN)
    }

    /// Whether a reply is waited for awake.
    pub fn is_expecting(&self) -> bool {
        matches!(self.waiting, Waiting::Awake { .. })
    }

    /// Bytes have arrived. `now` is asked only where a reply was expected.
    pub fn handle_reply(&mut self, now: impl FnOnce() -> Instant) {
        let waiting = std::mem::replace(&mut self.waiting, Waiting::No);
        let (Waiting::Awake { since } | Waiting::Asleep { since }) = waiting else {
            return;
        };
        let gap = now().saturating_duration_since(since);
        if gap > LATE {
            return;
        }
        if matches!(waiting, Waiting::Asleep { .. }) {
            return self.asleep.add(gap);
        }
        self.awake.add(gap);
        self.hits += 1;
        self.last_pause = 0;
    }

    /// The window has passed in vain.
    pub fn handle_miss(&mut self) {
        if !self.is_expecting() {
            return;
        }
        self.waiting = Waiting::Unmeasured;
        self.misses += 1;
        // The window may have been too short.
        self.awake.add(MAX_WINDOW);
        self.last_pause = (self.last_pause * 2).clamp(1, MAX_PAUSE);
        self.pause = self.last_pause;
    }

    /// Replies that came while it was awake, and waits in vain.
    pub fn counts(&self) -> (u64, u64) {
        (self.hits, self.misses)
    }
}

#[cfg(test)]
#[path = "busy_poll_tests.rs"]
mod tests;
