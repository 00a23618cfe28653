//! The way back from Tokio to the JavaScript thread: one threadsafe function per environment.

use super::Report;
use crate::environment::Environment;
use napi::{Result, check_status, sys};
use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
struct ThreadsafeFunction(sys::napi_threadsafe_function);

// SAFETY: Node-API makes threadsafe functions to be called from any thread; the mutex around it and
// `Line::close` see to it that nobody calls it after it was released.
unsafe impl Send for ThreadsafeFunction {}

/// The environment's end of the way back is cut once the environment is gone.
#[derive(Debug, Clone)]
pub(super) struct Line(Arc<Mutex<Option<ThreadsafeFunction>>>);

impl Line {
    /// Makes the function, which calls [`super::handle_report`]. It keeps nothing alive yet.
    pub(super) fn open(environment: &Rc<Environment>) -> Result<Self> {
        let function = make_function(environment)?;
        Ok(Self(Arc::new(Mutex::new(Some(ThreadsafeFunction(function))))))
    }

    fn lock(&self) -> MutexGuard<'_, Option<ThreadsafeFunction>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the line keeps the environment's loop alive. For the environment's thread only.
    pub(super) fn set_referenced(&self, raw: sys::napi_env, referenced: bool) {
        let guard = self.lock();
        let Some(function) = &*guard else { return };
        let change = if referenced {
            sys::napi_ref_threadsafe_function
        } else {
            sys::napi_unref_threadsafe_function
        };
        // SAFETY: on the environment's thread; the function is not released while the lock is held. It
        // fails only for a function that is closing, which then no longer matters.
        unsafe { change(raw, function.0) };
    }

    /// Sends a report; it is dropped where the environment is gone, and all that is in it with it.
    pub(super) fn send(&self, report: Report) {
        let report = Box::into_raw(Box::new(report));
        let guard = self.lock();
        let status = match &*guard {
            // SAFETY: the function is released only under this lock. Its queue is unbounded but holds at
            // most one entry for each pending connect, which waits for an answer to what it asks.
            Some(function) => unsafe {
                sys::napi_call_threadsafe_function(
                    function.0,
                    report.cast(),
                    sys::ThreadsafeFunctionCallMode::nonblocking,
                )
            },
            None => sys::Status::napi_closing,
        };
        if status != sys::Status::napi_ok {
            // SAFETY: Node did not take it, so it is still ours; a connection in it is closed.
            drop(unsafe { Box::from_raw(report) });
        }
    }

    /// Cuts the line: the environment ends.
    pub(super) fn close(&self) {
        if let Some(function) = self.lock().take() {
            // SAFETY: released once; from here on every task finds the line cut.
            unsafe {
                sys::napi_release_threadsafe_function(function.0, sys::ThreadsafeFunctionReleaseMode::abort);
            }
        }
    }
}

fn make_function(environment: &Rc<Environment>) -> Result<sys::napi_threadsafe_function> {
    let raw = environment.raw();
    let (mut name, mut function) = (ptr::null_mut(), ptr::null_mut());
    let context = Rc::as_ptr(environment).cast_mut().cast::<c_void>();
    // SAFETY: on the environment's thread in a call from JavaScript. The context outlives the
    // function: `close` releases it before the environment drops its last count.
    unsafe {
        check_status!(sys::napi_create_string_utf8(
            raw,
            c"WEBSOCKET_RS_CONNECT".as_ptr(),
            -1,
            &raw mut name
        ))?;
        check_status!(sys::napi_create_threadsafe_function(
            raw,
            ptr::null_mut(),
            ptr::null_mut(),
            name,
            0,
            1,
            ptr::null_mut(),
            None,
            context,
            Some(receive),
            &raw mut function,
        ))?;
        check_status!(sys::napi_unref_threadsafe_function(raw, function))?;
    }
    Ok(function)
}

unsafe extern "C" fn receive(
    raw: sys::napi_env,
    _: sys::napi_value,
    context: *mut c_void,
    data: *mut c_void,
) {
    // SAFETY: boxed in `send`, given to Node once.
    let report = unsafe { Box::from_raw(data.cast::<Report>()) };
    if raw.is_null() {
        return; // The environment is ending; a connection closes with the box.
    }
    // SAFETY: `context` is the environment of `make_function`, alive while its function can call.
    let environment = unsafe {
        Rc::increment_strong_count(context.cast::<Environment>());
        Rc::from_raw(context.cast::<Environment>())
    };
    environment.enter(|environment| super::handle_report(environment, *report));
}
