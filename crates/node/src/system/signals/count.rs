//! How often a signal has been raised, and how many of those a blocked call has reported.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// The counters of one signal.
#[derive(Debug)]
pub(super) struct Count {
    /// The signal's bit in a mask from JavaScript.
    pub(super) bit: u32,
    /// How often the signal was raised while our handler was installed.
    raised: AtomicU32,
    /// The value of `raised` when a blocked call last reported the signal, or when watching began.
    reported: AtomicU32,
    /// Whether a blocked call of this loop iteration watches the signal.
    is_watched: AtomicBool,
}

impl Count {
    pub(super) const fn new(bit: u32) -> Self {
        Self {
            bit,
            raised: AtomicU32::new(0),
            reported: AtomicU32::new(0),
            is_watched: AtomicBool::new(false),
        }
    }

    pub(super) fn raised(&self) -> u32 {
        self.raised.load(Ordering::Acquire)
    }

    /// Counts the signal. Safe to call from a signal handler.
    pub(super) fn raise(&self) {
        self.raised.fetch_add(1, Ordering::Release);
    }

    pub(super) fn reported(&self) -> u32 {
        self.reported.load(Ordering::Relaxed)
    }

    /// Marks all raised signals as reported.
    pub(super) fn report(&self) {
        self.reported.store(self.raised(), Ordering::Relaxed);
    }

    /// Begins to watch. Signals raised before are not reported.
    pub(super) fn watch(&self) {
        if !self.is_watched.swap(true, Ordering::Relaxed) {
            self.report();
        }
    }

    /// Stops watching. Returns whether the signal was watched.
    pub(super) fn unwatch(&self) -> bool {
        self.is_watched.swap(false, Ordering::Relaxed)
    }
}
