//! A threadsafe function: passes values from any thread to a receiver on the environment's thread.

use napi::{Result, check_status, sys};
use std::ffi::{CStr, c_void};
use std::marker::PhantomData;
use std::ptr;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Receives values on the environment's thread.
pub(crate) trait Receive<T> {
    /// Runs without a handle scope, and must not unwind.
    fn receive(self: &Rc<Self>, value: T);
}

#[derive(Debug)]
struct RawFunction(sys::napi_threadsafe_function);

// SAFETY: Node-API threadsafe functions may be called from any thread. The mutex around it and `ThreadsafeFunction::close`
// ensure that it is not used after its release.
unsafe impl Send for RawFunction {}

/// A threadsafe function for values of one type. After [`ThreadsafeFunction::close`] it drops what it is sent.
#[derive(Debug)]
pub(crate) struct ThreadsafeFunction<T> {
    raw: Arc<Mutex<Option<RawFunction>>>,
    values: PhantomData<fn(T)>,
}

impl<T> Clone for ThreadsafeFunction<T> {
    fn clone(&self) -> Self {
        Self {
            raw: Arc::clone(&self.raw),
            values: PhantomData,
        }
    }
}

impl<T> ThreadsafeFunction<T> {
    /// Makes a function that calls [`Receive::receive`]. It does not keep the loop alive yet.
    ///
    /// # Safety
    /// The caller is on the thread of `raw`, in a call from JavaScript. `receiver` stays alive until `close` is called.
    pub(crate) unsafe fn new<R: Receive<T>>(
        raw: sys::napi_env,
        name: &CStr,
        receiver: &Rc<R>,
    ) -> Result<Self> {
        // SAFETY: promised by the caller.
        let function = unsafe { make_function::<T, R>(raw, name, receiver) }?;
        Ok(Self {
            raw: Arc::new(Mutex::new(Some(RawFunction(function)))),
            values: PhantomData,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<RawFunction>> {
        self.raw.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets whether the function keeps the environment's loop alive. Must be called on the environment's thread.
    pub(crate) fn set_referenced(&self, raw: sys::napi_env, referenced: bool) {
        let guard = self.lock();
        let Some(function) = &*guard else { return };
        let change = if referenced {
            sys::napi_ref_threadsafe_function
        } else {
            sys::napi_unref_threadsafe_function
        };
        // SAFETY: on the environment's thread. The function is not released while the lock is held. The call fails only
        // if the function is closing, and then the loop no longer matters.
        unsafe { change(raw, function.0) };
    }

    /// Queues a value for the receiver. The queue is unbounded. Drops the value if the function is closed.
    pub(crate) fn send(&self, value: T) {
        let value = Box::into_raw(Box::new(value));
        let guard = self.lock();
        let status = match &*guard {
            // SAFETY: the function is released only under this lock.
            Some(function) => unsafe {
                sys::napi_call_threadsafe_function(
                    function.0,
                    value.cast(),
                    sys::ThreadsafeFunctionCallMode::nonblocking,
                )
            },
            None => sys::Status::napi_closing,
        };
        if status != sys::Status::napi_ok {
            // SAFETY: Node did not take the value, so it is still owned here.
            drop(unsafe { Box::from_raw(value) });
        }
    }

    /// Releases the function. Values that are queued are dropped.
    pub(crate) fn close(&self) {
        if let Some(function) = self.lock().take() {
            // SAFETY: released once; every later call finds `None`.
            unsafe {
                sys::napi_release_threadsafe_function(function.0, sys::ThreadsafeFunctionReleaseMode::abort);
            }
        }
    }
}

/// # Safety
/// As for [`ThreadsafeFunction::new`].
unsafe fn make_function<T, R: Receive<T>>(
    raw: sys::napi_env,
    name: &CStr,
    receiver: &Rc<R>,
) -> Result<sys::napi_threadsafe_function> {
    let (mut title, mut function) = (ptr::null_mut(), ptr::null_mut());
    let context = Rc::as_ptr(receiver).cast_mut().cast::<c_void>();
    // SAFETY: promised by the caller.
    unsafe {
        check_status!(sys::napi_create_string_utf8(
            raw,
            name.as_ptr(),
            -1,
            &raw mut title
        ))?;
        check_status!(sys::napi_create_threadsafe_function(
            raw,
            ptr::null_mut(),
            ptr::null_mut(),
            title,
            0,
            1,
            ptr::null_mut(),
            None,
            context,
            Some(receive::<T, R>),
            &raw mut function,
        ))?;
        check_status!(sys::napi_unref_threadsafe_function(raw, function))?;
    }
    Ok(function)
}

unsafe extern "C" fn receive<T, R: Receive<T>>(
    raw: sys::napi_env,
    _: sys::napi_value,
    context: *mut c_void,
    data: *mut c_void,
) {
    // SAFETY: boxed in `send`; Node passes each value once.
    let value = unsafe { Box::from_raw(data.cast::<T>()) };
    if raw.is_null() {
        return; // The function was closed with this value in its queue; the receiver may have been dropped.
    }
    // SAFETY: `context` is the receiver of `make_function`, which is alive while the function is not closed. Counting it
    // up keeps it alive through a call that closes the function.
    let receiver = unsafe {
        Rc::increment_strong_count(context.cast::<R>());
        Rc::from_raw(context.cast::<R>())
    };
    receiver.receive(*value);
}
