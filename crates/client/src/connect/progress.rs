//! The progress of a connect: the phase it has reached, and the time it has left.

use crate::error::{Error, ErrorKind, Phase};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// The progress of a connect. A timeout reports the phase that has been reached.
#[derive(Debug)]
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

    /// Returns the deadline, or `None` without one.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.started.checked_add(self.limit?)
    }

    /// Returns the error of a connect whose deadline has passed.
    pub(super) fn timeout(&self) -> Error {
        let limit = self.limit.unwrap_or_default();
        Error::new(self.phase(), ErrorKind::ConnectTimeout(limit.as_millis()))
    }

    pub(super) fn phase(&self) -> Phase {
        let reached = self.reached.load(Ordering::Relaxed);
        [Phase::Dial, Phase::Proxy, Phase::Tls, Phase::Upgrade]
            .into_iter()
            .find(|phase| *phase as u8 == reached)
            .unwrap_or(Phase::Resolve)
    }
}
