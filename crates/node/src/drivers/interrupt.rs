//! What ends a blocked call from outside: Ctrl-C, and an environment that goes away.

use crate::environment::Environment;
use napi::sys;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use websocket_rs_client::blocking::Interrupt;

/// SIGINT came while a blocked call was watching for it.
static RAISED: AtomicBool = AtomicBool::new(false);

/// Watches over one blocked call.
pub(crate) struct BlockedCall<'a> {
    environment: &'a Environment,
    watch: Option<signal::Watch>,
}

impl<'a> BlockedCall<'a> {
    /// `watch_sigint` where the program listens for SIGINT itself. Where it does not, the signal
    /// ends the process by itself, blocked or not.
    pub(crate) fn new(environment: &'a Environment, watch_sigint: bool) -> Self {
        // Only the main thread watches, so only it may touch the flag.
        if watch_sigint {
            RAISED.store(false, Ordering::Relaxed);
        }
        Self {
            environment,
            watch: watch_sigint.then(signal::Watch::new).flatten(),
        }
    }
}

impl Interrupt for BlockedCall<'_> {
    fn is_raised(&self) -> bool {
        (self.watch.is_some() && RAISED.load(Ordering::Relaxed)) || !can_run_javascript(self.environment)
    }
}

/// `worker.terminate()` cannot reach into a blocked call; it shows when JavaScript no longer runs.
fn can_run_javascript(environment: &Environment) -> bool {
    let raw = environment.raw();
    let (mut source, mut result) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the environment is blocked in a call of ours on this thread, with its handle scope
    // open. An empty script runs nothing.
    unsafe {
        sys::napi_create_string_utf8(raw, c"".as_ptr(), 0, &raw mut source) == sys::Status::napi_ok
            && sys::napi_run_script(raw, source, &raw mut result) == sys::Status::napi_ok
    }
}

#[cfg(unix)]
mod signal {
    use super::{Ordering, RAISED};
    use std::ffi::{c_int, c_void};
    use std::mem::MaybeUninit;
    use std::ptr;
    use std::sync::atomic::AtomicUsize;

    static PREVIOUS_HANDLER: AtomicUsize = AtomicUsize::new(0);
    static PREVIOUS_TAKES_INFO: super::AtomicBool = super::AtomicBool::new(false);

    /// Our SIGINT handler in front of the program's, until dropped.
    pub(super) struct Watch {
        previous: libc::sigaction,
    }

    impl Watch {
        pub(super) fn new() -> Option<Self> {
            let mut previous = MaybeUninit::<libc::sigaction>::uninit();
            // SAFETY: asks only; `previous` is written on success.
            if unsafe { libc::sigaction(libc::SIGINT, ptr::null(), previous.as_mut_ptr()) } != 0 {
                return None;
            }
            // SAFETY: written by the call above.
            let previous = unsafe { previous.assume_init() };
            PREVIOUS_HANDLER.store(previous.sa_sigaction, Ordering::Relaxed);
            PREVIOUS_TAKES_INFO.store(previous.sa_flags & libc::SA_SIGINFO != 0, Ordering::Relaxed);
            let mut ours = previous;
            ours.sa_sigaction = on_sigint as *const () as usize;
            ours.sa_flags |= libc::SA_SIGINFO;
            // SAFETY: `on_sigint` has the signature SA_SIGINFO asks for and does only what a signal
            // handler may: it stores an atomic and calls the handler that was there before.
            (unsafe { libc::sigaction(libc::SIGINT, &raw const ours, ptr::null_mut()) } == 0)
                .then_some(Self { previous })
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            // SAFETY: puts back what was there.
            unsafe { libc::sigaction(libc::SIGINT, &raw const self.previous, ptr::null_mut()) };
        }
    }

    extern "C" fn on_sigint(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
        RAISED.store(true, Ordering::Relaxed);
        let previous = PREVIOUS_HANDLER.load(Ordering::Relaxed);
        if previous == libc::SIG_DFL || previous == libc::SIG_IGN {
            return;
        }
        if PREVIOUS_TAKES_INFO.load(Ordering::Relaxed) {
            // SAFETY: the kernel held this as the SIGINT handler, with SA_SIGINFO.
            let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) =
                unsafe { std::mem::transmute(previous) };
            handler(signal, info, context);
        } else {
            // SAFETY: the kernel held this as the SIGINT handler, without SA_SIGINFO.
            let handler: extern "C" fn(c_int) = unsafe { std::mem::transmute(previous) };
            handler(signal);
        }
    }
}

#[cfg(not(unix))]
mod signal {
    /// Windows runs console handlers on a thread of their own; nothing to put in front of them.
    pub(super) struct Watch;

    impl Watch {
        pub(super) fn new() -> Option<Self> {
            Some(Self)
        }
    }
}
