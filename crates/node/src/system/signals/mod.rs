//! Signals that interrupt blocked calls: SIGINT, SIGTERM, SIGHUP and the console events of Windows.
//!
//! libuv reports signals only when its loop runs, which it does not during a blocked call. So while a program that
//! listens for a signal blocks, a handler of ours stands in front of libuv's. It counts the signal and passes it on, so
//! that the program's listener runs in the next loop iteration.
//!
//! The handler stays from the first blocked call of a loop iteration until the iteration ends ([`end_iteration`]): a
//! signal that is raised between two blocked calls of one iteration interrupts the second. Everything except the handler
//! runs on the main thread. `signal-hook` and `tokio::signal` do not fit: neither removes its handler again.

mod bits;
mod count;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix::{COUNT, SIGNALS, Signal};
#[cfg(windows)]
use windows::{COUNT, SIGNALS, Signal};

pub(crate) use bits::{BREAK, HUP, INT, TERM};

use std::sync::atomic::{AtomicU32, Ordering};

/// The bit of the signal that last interrupted a blocked call.
static LAST: AtomicU32 = AtomicU32::new(0);

/// The signals that one blocked call watches.
#[derive(Debug)]
pub(crate) struct SignalWatch {
    mask: u32,
    /// How many of each signal had been reported when the call began.
    reported: [u32; COUNT],
}

impl SignalWatch {
    /// Watches the signals in `mask`, those the program listens for. JavaScript passes 0 off the main thread.
    pub(crate) fn new(mask: u32) -> Self {
        let mut reported = [0; COUNT];
        if mask != 0 {
            let watched = SIGNALS.iter().zip(&mut reported);
            for (signal, reported) in watched.filter(|(signal, _)| signal.count.bit & mask != 0) {
                watch(signal);
                *reported = signal.count.reported();
            }
        }
        Self { mask, reported }
    }

    /// Returns whether a watched signal was raised during the call or earlier in the loop iteration, and marks it as
    /// reported. It interrupts this call and the blocked calls around it, but none that begins later.
    pub(crate) fn take(&self) -> bool {
        if self.mask == 0 {
            return false;
        }
        let mut signals = SIGNALS.iter().zip(self.reported);
        let found = signals.find(|(signal, reported)| {
            signal.count.bit & self.mask != 0 && signal.count.raised() != *reported
        });
        if let Some((signal, _)) = found {
            signal.count.report();
            LAST.store(signal.count.bit, Ordering::Relaxed);
        }
        found.is_some()
    }
}

fn watch(signal: &Signal) {
    // Installs at each call: libuv installs its own handler again when a listener is added after the last was removed.
    signal.install();
    signal.count.watch();
}

/// Returns the bit of the signal that interrupted a blocked call, once; otherwise 0.
pub(crate) fn take_last() -> u32 {
    LAST.swap(0, Ordering::Relaxed)
}

/// Removes the handlers at the end of a loop iteration: libuv now reports signals itself.
pub(crate) fn end_iteration() {
    for signal in &SIGNALS {
        if signal.count.unwatch() {
            signal.remove();
        }
    }
}
