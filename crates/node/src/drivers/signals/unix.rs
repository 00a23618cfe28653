//! Handlers of `sigaction` that pass on to the handler they stand in front of.

use super::Signal;
use std::ffi::{c_int, c_void};
use std::mem::{MaybeUninit, transmute};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

pub(super) const COUNT: usize = 3;

/// The bits are those of `src/signals.ts`.
pub(super) static SIGNALS: [Signal; COUNT] = [
    Signal::new(1, Slot::new(libc::SIGINT)),
    Signal::new(2, Slot::new(libc::SIGTERM)),
    Signal::new(4, Slot::new(libc::SIGHUP)),
];

/// The place of our handler for one signal.
#[derive(Debug)]
pub(super) struct Slot {
    number: c_int,
    /// What our handler passes on to, for it to read; `before` has the whole of it.
    next: AtomicUsize,
    next_takes_info: AtomicBool,
    /// What ours was put in front of. None while ours is in no chain of handlers.
    before: Mutex<Option<libc::sigaction>>,
}

impl Slot {
    const fn new(number: c_int) -> Self {
        Self {
            number,
            next: AtomicUsize::new(libc::SIG_DFL),
            next_takes_info: AtomicBool::new(false),
            before: Mutex::new(None),
        }
    }

    /// Puts our handler in front of the one that is there, unless it is in front of it already, or there is none: what
    /// the system does by itself is left to it.
    pub(super) fn install(&self) {
        let Some(current) = self.current().filter(|current| !is_none(current)) else {
            return;
        };
        if is_ours(&current) {
            return;
        }
        let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        // Another handler may stand in front of ours and pass on to it, as that of a second copy of this binary does. To
        // pass on to that one would go round in circles.
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

    /// Puts back what was there, if ours is still the first.
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
        // SAFETY: asks only; `current` is written on success.
        let status = unsafe { libc::sigaction(self.number, ptr::null(), current.as_mut_ptr()) };
        // SAFETY: written by the call above.
        (status == 0).then(|| unsafe { current.assume_init() })
    }

    fn set(&self, action: &libc::sigaction) -> bool {
        // SAFETY: `action` is what the system had for this signal, or that with our handler. `on_signal` has the signature
        // SA_SIGINFO asks for and does only what a signal handler may: it counts and calls the handler behind it.
        unsafe { libc::sigaction(self.number, action, ptr::null_mut()) == 0 }
    }

    fn pass_on(&self, info: *mut libc::siginfo_t, context: *mut c_void) {
        let next = self.next.load(Ordering::Acquire);
        if next == libc::SIG_DFL || next == libc::SIG_IGN {
            return;
        }
        if self.next_takes_info.load(Ordering::Acquire) {
            // SAFETY: the system held this as the signal's handler, with SA_SIGINFO.
            let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = unsafe { transmute(next) };
            handler(self.number, info, context);
        } else {
            // SAFETY: the system held this as the signal's handler, without SA_SIGINFO.
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
    if let Some(signal) = SIGNALS.iter().find(|signal| signal.slot.number == number) {
        signal.raise();
        signal.slot.pass_on(info, context);
    }
}
