//! Signals that end blocked calls: Ctrl-C, and what asks a process to end.
//!
//! libuv hears of signals only when the loop turns, which it does not during a blocked call. So while a program that
//! listens for a signal blocks, a handler of ours stands in front of libuv's. It counts, and passes the signal on, so that
//! the listener runs when the loop turns again.
//!
//! The handler stays from the first blocked call of a turn of the loop until the turn is over (`end_turn`): a signal that
//! comes between two blocked calls of one turn ends the second one. All but the handler runs on the main thread.

#[cfg(unix)]
#[path = "signals/unix.rs"]
mod system;
#[cfg(windows)]
#[path = "signals/windows.rs"]
mod system;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use system::{COUNT, SIGNALS, Slot};

/// A signal that can be watched.
#[derive(Debug)]
struct Signal {
    /// Its bit in what JavaScript asks for.
    bit: u32,
    /// How often it has come while a handler of ours was in place.
    raised: AtomicU32,
    /// How often it had when a blocked call ended by it, or when the turn began.
    seen: AtomicU32,
    /// A blocked call of this turn has asked for it.
    is_watched: AtomicBool,
    slot: Slot,
}

impl Signal {
    const fn new(bit: u32, slot: Slot) -> Self {
        Self {
            bit,
            raised: AtomicU32::new(0),
            seen: AtomicU32::new(0),
            is_watched: AtomicBool::new(false),
            slot,
        }
    }

    fn raised(&self) -> u32 {
        self.raised.load(Ordering::Acquire)
    }

    /// For handlers: one more has come.
    fn raise(&self) {
        self.raised.fetch_add(1, Ordering::Release);
    }

    fn watch(&self) {
        // libuv puts its own handler back when a listener comes after the last one has gone.
        self.slot.install();
        if !self.is_watched.swap(true, Ordering::Relaxed) {
            self.seen.store(self.raised(), Ordering::Relaxed);
        }
    }
}

/// The bit of the signal that ended a blocked call last.
static LAST: AtomicU32 = AtomicU32::new(0);

/// The signals that one blocked call looks for.
#[derive(Debug)]
pub(crate) struct Watch {
    mask: u32,
    /// What had been seen of each when the call began.
    seen: [u32; COUNT],
}

impl Watch {
    /// Watches for the signals in `mask`, which the program listens for; for none off the main thread.
    pub(crate) fn new(mask: u32) -> Self {
        let mut seen = [0; COUNT];
        if mask != 0 {
            for (signal, seen) in SIGNALS
                .iter()
                .zip(&mut seen)
                .filter(|(one, _)| one.bit & mask != 0)
            {
                signal.watch();
                *seen = signal.seen.load(Ordering::Relaxed);
            }
        }
        Self { mask, seen }
    }

    /// Whether one has come, during the call or earlier in the turn. A call that is told ends; so do the calls around
    /// it, but none that begins later.
    pub(crate) fn take(&self) -> bool {
        if self.mask == 0 {
            return false;
        }
        let mut signals = SIGNALS.iter().zip(self.seen);
        let found = signals.find(|(signal, seen)| signal.bit & self.mask != 0 && signal.raised() != *seen);
        if let Some((signal, _)) = found {
            signal.seen.store(signal.raised(), Ordering::Relaxed);
            LAST.store(signal.bit, Ordering::Relaxed);
        }
        found.is_some()
    }
}

/// The bit of the signal that ended a blocked call; 0 for none.
pub(crate) fn take_last() -> u32 {
    LAST.swap(0, Ordering::Relaxed)
}

/// The turn of the loop is over: from here on libuv hears of signals by itself.
pub(crate) fn end_turn() {
    for signal in &SIGNALS {
        if signal.is_watched.swap(false, Ordering::Relaxed) {
            signal.slot.remove();
        }
    }
}
