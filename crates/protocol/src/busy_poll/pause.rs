//! How long something is left out after it was in vain, or after it did harm.

use std::time::{Duration, Instant};

/// How pauses grow that follow each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth {
    pub(super) least: u32,
    pub(super) factor: u32,
    pub(super) most: u32,
}

/// How often something is left out that was in vain: ever more often, until it pays again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pause {
    left: u32,
    last: u32,
}

impl Pause {
    /// Whether this one is left out.
    pub(super) fn takes(&mut self) -> bool {
        let paused = self.left > 0;
        self.left = self.left.saturating_sub(1);
        paused
    }

    pub(super) fn begin(&mut self, growth: Growth) {
        self.last = (self.last * growth.factor).clamp(growth.least, growth.most);
        self.left = self.last;
    }

    pub(super) fn reset(&mut self) {
        self.last = 0;
    }
}

/// How long nobody gives way after it took too long: at first, and at most.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_secs(1);
/// A pause is longer than the one before if staying awake went well for less than this in between. What is gained
/// by being awake for so long is about what is lost with one slice of time.
const WORTH_IT: Duration = Duration::from_millis(4);

/// Whether others want the core of this thread. Who gives way to them then waits until their slice of time is
/// over, some milliseconds, while a thread that sleeps is woken by the reply. That the reply is found
/// afterwards does not make it any better, so this is no matter of hits and misses. Nor is it of how many replies there
/// were: pauses are about as long as the others have been there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Contention {
    until: Option<Instant>,
    ended: Option<Instant>,
    last: Duration,
}

impl Contention {
    /// Whether not to give way. `now` is asked only during a pause.
    pub(super) fn is_felt(&mut self, now: impl FnOnce() -> Instant) -> bool {
        let Some(until) = self.until else {
            return false;
        };
        let felt = now() < until;
        if !felt {
            self.until = None;
            self.ended = Some(until);
        }
        felt
    }

    /// Somebody else had the core from one instant to the other.
    pub(super) fn begin(&mut self, from: Instant, to: Instant) {
        let is_recent = |ended| from.saturating_duration_since(ended) < WORTH_IT;
        let goes_on = self.until.is_some() || self.ended.is_some_and(is_recent);
        self.last = if goes_on { self.last * 2 } else { SHORTEST }.min(LONGEST);
        self.until = Some(to + self.last);
    }
}
