//! A console handler that counts events. Windows calls handlers on a thread of its own, the newest first. Ours reports
//! the event as not handled, so that Windows calls libuv's next.

use super::bits;
use super::count::Count;
use std::sync::Once;
use windows_sys::Win32::Foundation::FALSE;
use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, CTRL_CLOSE_EVENT, SetConsoleCtrlHandler,
};
use windows_sys::core::BOOL;

pub(super) const COUNT: usize = 3;

pub(super) static SIGNALS: [Signal; COUNT] = [
    Signal::new(bits::INT, CTRL_C_EVENT),
    Signal::new(bits::HUP, CTRL_CLOSE_EVENT),
    Signal::new(bits::BREAK, CTRL_BREAK_EVENT),
];

/// A signal and its console event.
#[derive(Debug)]
pub(super) struct Signal {
    pub(super) count: Count,
    event: u32,
}

impl Signal {
    const fn new(bit: u32, event: u32) -> Self {
        Self {
            count: Count::new(bit),
            event,
        }
    }

    /// Installs our handler once. It is never removed, since the addon is never unloaded.
    #[allow(clippy::unused_self)] // As on Unix.
    pub(super) fn install(&self) {
        static INSTALLED: Once = Once::new();
        INSTALLED.call_once(|| {
            // SAFETY: `on_event` has the signature of a handler routine, and `bind` pins the addon's code in memory. If
            // the call fails, console events do not interrupt blocked calls.
            unsafe { SetConsoleCtrlHandler(Some(on_event), 1) };
        });
    }

    #[allow(clippy::unused_self)] // As on Unix.
    pub(super) fn remove(&self) {}
}

unsafe extern "system" fn on_event(event: u32) -> BOOL {
    if let Some(signal) = SIGNALS.iter().find(|signal| signal.event == event) {
        signal.count.raise();
    }
    FALSE
}
