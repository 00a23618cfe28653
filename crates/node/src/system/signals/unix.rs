//! A `sigaction` handler that counts a signal and passes it on to the handler that was installed before.

use super::bits;
use super::count::Count;
use std::ffi::{c_int, c_void};
use std::mem::{MaybeUninit, transmute};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

pub(super) const COUNT: usize = 3;

pub(super) static SIGNALS: [Signal; COUNT] = [
    Signal::new(bits::INT, libc::SIGINT),
    Signal::new(bits::TERM, libc::SIGTERM),
    Signal::new(bits::HUP, libc::SIGHUP),
];

/// A signal and the place of our handler for it.
#[derive(Debug)]
pub(super) struct Signal {
    pub(super) count: Count,
    number: c_int,
    /// The address of the handler that ours passes on to. Our handler reads it without a lock.
    next: AtomicUsize,
    next_takes_info: AtomicBool,
    /// The action that ours replaced. `None` while ours is not installed.
    before: Mutex<Option<libc::sigaction>>,
}

impl Signal {
    const fn new(bit: u32, number: c_int) -> Self {
        Self {
            count: Count::new(bit),
            number,
            next: AtomicUsize::new(libc::SIG_DFL),
            next_takes_info: AtomicBool::new(false),
            before: Mutex::new(None),
        }
    }

    /// Installs our handler in front of the current one. Does nothing if it is installed already, or if there is no
    /// handler: the system's default action is not replaced.
    pub(super) fn install(&self) {
        let Some(current) = self.current().filter(|current| !is_none(current)) else {
            return;
        };
        if is_ours(&current) {
            return;
        }
        let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        // Another handler, such as that of a second copy of this binary, may stand in front of ours and pass on to it.
        // Passing on to that one would loop forever.
        if before
            .as_ref()
            .is_some_and(|before| before.sa_sigaction != current.sa_sigaction)
        {
            return;
        }
        self.next.store(current.sa_sigaction, Ordering::Release);
        self.next_takes_info
            .store(current.sa_flags & libc::SA_SIGINFO != 0, Ordering::Release);
        let mut ours = current;
        ours.sa_sigaction = address();
        ours.sa_flags |= libc::SA_SIGINFO;
        *before = self.set(&ours).then_some(current);
    }

    /// Restores the action that ours replaced, if ours is still the current one.
    pub(super) fn remove(&self) {
        let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(known), Some(current)) = (&*before, self.current()) else {
            return;
        };
        let is_gone = is_none(&current) || current.sa_sigaction == known.sa_sigaction;
        if is_gone || (is_ours(&current) && self.set(known)) {
            *before = None;
        }
    }

    fn current(&self) -> Option<libc::sigaction> {
        let mut current = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: a null `act` changes nothing; `current` is written on success.
        let status = unsafe { libc::sigaction(self.number, ptr::null(), current.as_mut_ptr()) };
        // SAFETY: written by the call above.
        (status == 0).then(|| unsafe { current.assume_init() })
    }

    fn set(&self, action: &libc::sigaction) -> bool {
        // SAFETY: `action` was returned by the system for this signal, or is a copy of that with our handler. `on_signal`
        // has the signature that SA_SIGINFO requires. It is async-signal-safe: it uses atomics and calls the next
        // handler.
        unsafe { libc::sigaction(self.number, action, ptr::null_mut()) == 0 }
    }

    fn pass_on(&self, info: *mut libc::siginfo_t, context: *mut c_void) {
        let next = self.next.load(Ordering::Acquire);
        if next == libc::SIG_DFL || next == libc::SIG_IGN {
            return;
        }
        if self.next_takes_info.load(Ordering::Acquire) {
            // SAFETY: `next` was this signal's handler in an action with SA_SIGINFO.
            let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = unsafe { transmute(next) };
            handler(self.number, info, context);
        } else {
            // SAFETY: `next` was this signal's handler in an action without SA_SIGINFO.
            let handler: extern "C" fn(c_int) = unsafe { transmute(next) };
            handler(self.number);
        }
    }
}

fn address() -> usize {
    on_signal as *const () as usize
}

fn is_ours(action: &libc::sigaction) -> bool {
    action.sa_sigaction == address()
}

fn is_none(action: &libc::sigaction) -> bool {
    action.sa_sigaction == libc::SIG_DFL || action.sa_sigaction == libc::SIG_IGN
}

extern "C" fn on_signal(number: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    if let Some(signal) = SIGNALS.iter().find(|signal| signal.number == number) {
        signal.count.raise();
        signal.pass_on(info, context);
    }
}
