//! The progress of a connect: the phase it has reached, and the time it has left.

use crate::error::Phase;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// The progress of a connect. A timeout reports the phase that has been reached.
pub(super) struct Progress {
    reached: AtomicU8,
    started: Instant,
    limit: Option<Duration>,
}

impl Progress {
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self {
            reached: AtomicU8::new(Phase::Resolve as u8),
            started: Instant::now(),
            limit,
        }
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.reached.store(phase as u8, Ordering::Relaxed);
    }

    /// Returns the time until the deadline, or `None` without one.
    pub(super) fn left(&self) -> Option<Duration> {
        Some(self.limit?.saturating_sub(self.started.elapsed()))
    }

    pub(super) fn phase(&self) -> Phase {
        let reached = self.reached.load(Ordering::Relaxed);
        [Phase::Dial, Phase::Proxy, Phase::Tls, Phase::Upgrade]
            .into_iter()
            .find(|phase| *phase as u8 == reached)
            .unwrap_or(Phase::Resolve)
    }
}
