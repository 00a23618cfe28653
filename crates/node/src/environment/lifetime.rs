//! How an environment is opened, kept alive and closed, and how connections leave it.
//!
//! A connection ends by itself, or JavaScript terminates it. An environment ends with its thread, when its cleanup hook
//! closes every handle without running any JavaScript, or when its copy of the package has been collected.

use super::state::Environment;
use crate::boundary::invoke::define_constant;
use crate::boundary::reference::Reference;
use crate::delivery::Batch;
use crate::slots::Key;
use napi::{Result, check_status, sys};
use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;

impl Environment {
    /// Makes the environment of the copy that has the object `binding`, and closes it when the thread's environment ends.
    ///
    /// # Safety
    /// All values are of the running call.
    pub(crate) unsafe fn open(
        raw: sys::napi_env,
        binding: sys::napi_value,
        deliver: sys::napi_value,
        allocate: sys::napi_value,
        relay: sys::napi_value,
        words: u32,
    ) -> Result<Rc<Self>> {
        let environment = Rc::new(Self::new(raw));
        // SAFETY: promised by the caller.
        unsafe { environment.bind(binding, deliver, allocate, relay, words) }?;
        let kept = Rc::into_raw(Rc::clone(&environment)).cast_mut().cast::<c_void>();
        // SAFETY: the hook runs once, on this thread, after all JavaScript. It takes over the count of `into_raw`, unless
        // `retire` does.
        let added = check_status!(unsafe { sys::napi_add_env_cleanup_hook(raw, Some(close), kept) });
        if added.is_err() {
            // SAFETY: Node did not take the count.
            drop(unsafe { Rc::from_raw(kept.cast::<Self>()) });
        }
        added.map(|()| {
            environment.list();
            environment
        })
    }

    /// Stores references to what JavaScript has passed, and defines the shared rows.
    ///
    /// # Safety
    /// All values are of the running call.
    unsafe fn bind(
        &self,
        binding: sys::napi_value,
        deliver: sys::napi_value,
        allocate: sys::napi_value,
        relay: sys::napi_value,
        words: u32,
    ) -> Result<()> {
        let raw = self.raw;
        let rows = make_rows(raw, words)?;
        let hidden = sys::PropertyAttributes::default;
        // SAFETY: promised by the caller, here and below. The properties keep alive what is referred to weakly.
        unsafe {
            define_constant(raw, binding, c"rows", rows, sys::PropertyAttributes::enumerable)?;
            define_constant(raw, binding, c"deliver", deliver, hidden)?;
            define_constant(raw, binding, c"allocate", allocate, hidden)?;
            define_constant(raw, binding, c"relay", relay, hidden)?;
        }
        // SAFETY: as above.
        let allocate = Rc::new(unsafe { Reference::new_weak(raw, allocate) }?);
        // SAFETY: as above.
        *self.delivery.batch.borrow_mut() =
            Some(unsafe { Batch::new(raw, rows, allocate, self.buffers.payloads.clone()) }?);
        // SAFETY: as above.
        let deliver = Rc::new(unsafe { Reference::new_weak(raw, deliver) }?);
        *self.delivery.function.borrow_mut() = Some(deliver);
        // SAFETY: as above.
        let relay = Rc::new(unsafe { Reference::new_weak(raw, relay) }?);
        *self.relays.function.borrow_mut() = Some(relay);
        // SAFETY: as above.
        self.binding.bind(unsafe { Reference::new_weak(raw, binding) }?);
        Ok(())
    }

    /// Keeps the copy alive until [`Environment::release_if_idle`] finds no connection, open or being opened.
    pub(super) fn hold(&self) -> Result<()> {
        self.binding.hold()
    }

    /// Lets the copy be collected if no connection is open or being opened.
    pub(super) fn release_if_idle(&self) {
        if self.binding.is_held() && self.is_idle() {
            self.binding.release();
        }
    }

    /// Notes that a native function counts this environment.
    pub(crate) fn note_function(&self) {
        self.binding.add_function();
    }

    /// Notes that a native function was collected. Without any, nothing can reach the environment.
    pub(crate) fn forget_function(self: &Rc<Self>) {
        if self.binding.remove_function() {
            self.retire();
        }
    }

    /// Ends a connection without a close frame and without an event for JavaScript.
    pub(crate) fn remove(&self, key: Key) {
        if let Some(mut record) = self.connections.remove(key) {
            if let Some(lingering) = record.lingering.take() {
                self.lingering.start(lingering);
            }
            if record.has_job {
                self.jobs.remove(key);
            }
            if record.is_close_holding {
                self.close_deadlines.release();
            }
            record.close();
            self.release_if_idle();
        }
    }

    /// Closes the environment before its thread ends.
    pub(crate) fn retire(self: &Rc<Self>) {
        if !self.binding.is_bound() {
            return;
        }
        let kept = Rc::as_ptr(self).cast_mut().cast::<c_void>();
        // SAFETY: on the environment's thread. Function and data are those of `open`. The hook has not run: it would have
        // closed the binding.
        let removed = unsafe { sys::napi_remove_env_cleanup_hook(self.raw, Some(close), kept) };
        if removed == sys::Status::napi_ok {
            // SAFETY: the count that `open` has passed to Node, which no longer uses it.
            drop(unsafe { Rc::from_raw(kept.cast::<Self>()) });
        }
        self.close();
    }

    /// Closes all handles and drops all references to JavaScript. Runs no JavaScript.
    fn close(&self) {
        self.pending.close();
        self.expected.close();
        self.gathered.close();
        self.awaited_ends.close();
        self.close_deadlines.close();
        self.jobs.close();
        for mut record in self.connections.drain() {
            // Writes what is held, as far as the kernel accepts it.
            record.connection.finish_compressing();
            record.connection.flush();
            record.close();
        }
        self.relays.close();
        *self.delivery.batch.borrow_mut() = None;
        *self.delivery.function.borrow_mut() = None;
        self.binding.close();
    }
}

unsafe extern "C" fn close(data: *mut c_void) {
    // SAFETY: the count that `open` has passed to Node, taken back once.
    let environment = unsafe { Rc::from_raw(data.cast::<Environment>()) };
    // Deno runs its hooks without a handle scope.
    environment.enter(|environment| {
        // A terminated Worker may leave an exception pending. The hook of napi-rs, which runs after this one, would read
        // it without a handle scope, and that aborts the process.
        environment.clear_exception();
        environment.close();
        environment.lingering.wait();
    });
}

/// Makes a `Uint32Array`.
fn make_rows(raw: sys::napi_env, words: u32) -> Result<sys::napi_value> {
    let (mut memory, mut rows, mut data) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    let words = words as usize;
    // SAFETY: callers are in a call from JavaScript.
    check_status!(unsafe {
        sys::napi_create_arraybuffer(raw, words.saturating_mul(4), &raw mut data, &raw mut memory)
    })?;
    // SAFETY: as above; `memory` was just made.
    check_status!(unsafe {
        let kind = sys::TypedarrayType::uint32_array;
        sys::napi_create_typedarray(raw, kind, words, memory, 0, &raw mut rows)
    })?;
    Ok(rows)
}
