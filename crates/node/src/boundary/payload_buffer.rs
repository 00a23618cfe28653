//! Buffers that large binary payloads are read into, so that they reach JavaScript without a copy.

use super::invoke::clear_exception;
use super::reference::Reference;
use napi::{Error, Result, Status, check_status, sys};
use std::any::Any;
use std::hint::black_box;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::thread::{self, ThreadId};
use websocket_rs_client::{Destination, Destinations};

/// Makes the Buffers of an environment.
#[derive(Debug)]
pub(crate) struct PayloadBuffers {
    raw: sys::napi_env,
    thread: ThreadId,
}

// SAFETY: `raw` is used on the environment's thread only, which `make` checks.
unsafe impl Send for PayloadBuffers {}
// SAFETY: as above.
unsafe impl Sync for PayloadBuffers {}

impl PayloadBuffers {
    /// Called on the environment's thread.
    pub(crate) fn new(raw: sys::napi_env) -> Self {
        Self {
            raw,
            thread: thread::current().id(),
        }
    }

    fn try_make(&self, length: usize) -> Result<PayloadBuffer> {
        let (mut data, mut value) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: on the environment's thread; connections are read with a handle scope open.
        check_status!(unsafe { sys::napi_create_buffer(self.raw, length, &raw mut data, &raw mut value) })?;
        let data = NonNull::new(data.cast())
            .ok_or_else(|| Error::new(Status::GenericFailure, "the Buffer has no memory"))?;
        // SAFETY: `value` was just made in the current handle scope.
        let reference = unsafe { Reference::new(self.raw, value) }?;
        Ok(PayloadBuffer {
            data,
            length,
            thread: self.thread,
            reference: ManuallyDrop::new(reference),
        })
    }
}

impl Destinations for PayloadBuffers {
    /// Makes a Buffer. Node does not fill it with zeros, so its pages are new or come from Buffers that were collected.
    fn make(&self, length: usize) -> Option<Box<dyn Destination>> {
        if thread::current().id() != self.thread || !has_memory(length) {
            return None;
        }
        let made = self.try_make(length).inspect_err(|_| clear_exception(self.raw));
        made.ok().map(|buffer| Box::new(buffer) as Box<dyn Destination>)
    }
}

/// Length from which V8 is asked for memory only after the C library has given as much.
const PROBED: usize = 1024 * 1024;

/// Whether there is memory for a Buffer. Without it, V8 would end the process, and ten bytes of a header ask for 16 MiB.
fn has_memory(length: usize) -> bool {
    let mut probe = Vec::<u8>::new();
    let has = length < PROBED || probe.try_reserve_exact(length).is_ok();
    drop(black_box(probe));
    has
}

/// A Buffer that JavaScript does not have yet.
#[derive(Debug)]
struct PayloadBuffer {
    data: NonNull<u8>,
    length: usize,
    thread: ThreadId,
    /// Keeps the memory alive.
    reference: ManuallyDrop<Reference>,
}

// SAFETY: the memory is accessed by the owner only, until JavaScript is given the Buffer; the reference is used on the
// environment's thread only, which `take` and `drop` check.
unsafe impl Send for PayloadBuffer {}

impl Destination for PayloadBuffer {
    fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the reference keeps the Buffer alive, whose memory does not move. JavaScript does not have it, so nothing
        // else accesses or detaches the memory. Node has allocated it, where the compiler cannot see whether its bytes are
        // initialised; they are written before they are read.
        unsafe { std::slice::from_raw_parts_mut(self.data.as_ptr(), self.length) }
    }
}

impl Drop for PayloadBuffer {
    fn drop(&mut self) {
        if thread::current().id() == self.thread {
            // SAFETY: dropped once, here.
            unsafe { ManuallyDrop::drop(&mut self.reference) };
        }
    }
}

/// Returns the Buffer, in the current handle scope, and its length.
pub(crate) fn take(destination: Box<dyn Destination>) -> (Result<sys::napi_value>, usize) {
    let any: Box<dyn Any> = destination;
    match any.downcast::<PayloadBuffer>() {
        Ok(buffer) if thread::current().id() == buffer.thread => (buffer.reference.get(), buffer.length),
        _ => (
            Err(Error::new(Status::GenericFailure, "not a Buffer of this thread")),
            0,
        ),
    }
}
