//! The object that one copy of the package's JavaScript has of native code, and when each lets go of the other.
//!
//! A process may evaluate the package many times: a Jest worker does it for every test file. So a copy can be collected
//! like any other object, and what native code keeps for it goes with it.
//!
//! - From JavaScript to native code: each native function keeps the object, which has all of the functions. Each also
//!   counts the environment, until its finalizer has run. The last finalizer retires the environment.
//! - From native code to JavaScript: references are weak, but for one to the object, which is strong while a connection is
//!   open or being opened. An idle environment keeps nothing of the copy alive.
//! - The rows are memory of Node's own realm that refers to nothing, and native code keeps them for as long as it uses
//!   them.

use super::Environment;
use crate::boundary::call::define_constant;
use crate::boundary::reference::Reference;
use crate::delivery::Batch;
use napi::{Error, Result, Status, check_status, sys};
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;

/// What native code knows of the object.
#[derive(Debug, Default)]
pub(super) struct Binding {
    /// None before the copy is bound and after the environment was closed.
    object: RefCell<Option<Reference>>,
    /// Whether that reference is strong.
    is_held: Cell<bool>,
    /// Functions that have not been collected.
    functions: Cell<usize>,
}

impl Binding {
    pub(super) fn close(&self) {
        *self.object.borrow_mut() = None;
    }
}

impl Environment {
    /// Takes the copy's side of the boundary, and gives it the rows.
    ///
    /// # Safety
    /// All values are of the running call.
    pub(super) unsafe fn bind(
        &self,
        binding: sys::napi_value,
        deliver: sys::napi_value,
        allocate: sys::napi_value,
        words: u32,
    ) -> Result<()> {
        let raw = self.raw;
        let rows = make_rows(raw, words)?;
        // SAFETY: promised by the caller, as all below: the object keeps what there are weak references to.
        unsafe {
            define_constant(raw, binding, c"rows", rows, sys::PropertyAttributes::enumerable)?;
            define_constant(
                raw,
                binding,
                c"deliver",
                deliver,
                sys::PropertyAttributes::default,
            )?;
            define_constant(
                raw,
                binding,
                c"allocate",
                allocate,
                sys::PropertyAttributes::default,
            )?;
        }
        // SAFETY: as above.
        let allocate = Rc::new(unsafe { Reference::new_weak(raw, allocate) }?);
        // SAFETY: as above.
        *self.batch.borrow_mut() = Some(unsafe { Batch::new(raw, rows, allocate) }?);
        // SAFETY: as above.
        *self.deliver.borrow_mut() = Some(Rc::new(unsafe { Reference::new_weak(raw, deliver) }?));
        // SAFETY: as above.
        *self.binding.object.borrow_mut() = Some(unsafe { Reference::new_weak(raw, binding) }?);
        Ok(())
    }

    /// Keeps the copy alive, until [`Environment::release_if_idle`] finds that nothing is left to keep it for.
    pub(crate) fn hold(&self) -> Result<()> {
        if self.binding.is_held.get() {
            return Ok(());
        }
        match &*self.binding.object.borrow() {
            Some(object) => object.strengthen()?,
            None => return Err(closed()),
        }
        self.binding.is_held.set(true);
        Ok(())
    }

    /// Lets the copy be collected where no connection is open or being opened. What is still to be told, as the end of
    /// the last one, is told in the same call or callback: until its handle scope ends the copy stays.
    pub(crate) fn release_if_idle(&self) {
        if !self.binding.is_held.get() || !self.is_idle() {
            return;
        }
        if let Some(object) = &*self.binding.object.borrow() {
            // A failure leaves it held: nothing is freed too early.
            let released = object.get().and_then(|_| object.weaken());
            self.binding.is_held.set(released.is_err());
        }
    }

    /// Another function counts this environment.
    pub(crate) fn note_function(&self) {
        self.binding.functions.set(self.binding.functions.get() + 1);
    }

    /// A function has been collected. With the last one nothing can reach the environment any more.
    pub(crate) fn forget_function(self: &Rc<Self>) {
        let left = self.binding.functions.get().saturating_sub(1);
        self.binding.functions.set(left);
        if left == 0 {
            self.retire();
        }
    }

    /// Ends the environment before its thread does.
    pub(crate) fn retire(self: &Rc<Self>) {
        if self.binding.object.borrow().is_none() {
            return;
        }
        let kept = Rc::as_ptr(self).cast_mut().cast::<c_void>();
        // SAFETY: on the environment's thread; the pair is that of `open`, and the hook has not run, since it leaves no
        // object behind.
        let removed = unsafe { sys::napi_remove_env_cleanup_hook(self.raw, Some(super::close), kept) };
        if removed == sys::Status::napi_ok {
            // SAFETY: the count that `open` left with Node, which has given it back.
            drop(unsafe { Rc::from_raw(kept.cast::<Self>()) });
        }
        self.close();
    }
}

fn closed() -> Error {
    Error::new(Status::Closing, "websocket-rs is closed on this thread")
}

/// A `Uint32Array` of so many words.
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
