//! A console handler that counts. Windows calls handlers on a thread of their own, the newest first; ours says that it has
//! not dealt with the event, so that libuv's is called as well.

use super::Signal;
use std::sync::Once;
use windows_sys::Win32::Foundation::FALSE;
use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, CTRL_CLOSE_EVENT, SetConsoleCtrlHandler,
};
use windows_sys::core::BOOL;

pub(super) const COUNT: usize = 3;

/// The bits are those of `src/signals.ts`.
pub(super) static SIGNALS: [Signal; COUNT] = [
    Signal::new(1, Slot::new(CTRL_C_EVENT)),
    Signal::new(4, Slot::new(CTRL_CLOSE_EVENT)),
    Signal::new(8, Slot::new(CTRL_BREAK_EVENT)),
];

/// The console event that stands for one signal.
#[derive(Debug)]
pub(super) struct Slot {
    event: u32,
}

impl Slot {
    const fn new(event: u32) -> Self {
        Self { event }
    }

    /// Sees to it that events are counted. The handler stays, as the addon does.
    #[allow(clippy::unused_self)] // As on Unix.
    pub(super) fn install(&self) {
        static INSTALLED: Once = Once::new();
        INSTALLED.call_once(|| {
            // SAFETY: `on_event` has the signature the system asks for, and its code is never unloaded: `bind` sees to
            // that. Without it blocked calls end by themselves only.
            unsafe { SetConsoleCtrlHandler(Some(on_event), 1) };
        });
    }

    #[allow(clippy::unused_self)] // As on Unix.
    pub(super) fn remove(&self) {}
}

unsafe extern "system" fn on_event(event: u32) -> BOOL {
    if let Some(signal) = SIGNALS.iter().find(|signal| signal.slot.event == event) {
        signal.raise();
    }
    FALSE
}
