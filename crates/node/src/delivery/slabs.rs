//! The slab that connections read into, and where the next one comes from.

use crate::boundary::invoke::call_function;
use crate::boundary::reference::Reference;
use crate::slab::Slab;
use napi::{Error, Result, Status, check_status, sys};
use std::ptr;
use std::rc::Rc;
use websocket_rs_client::WINDOW_SIZE;

/// The current slab, and the JavaScript function that allocates the next.
#[derive(Debug)]
pub(super) struct Slabs {
    raw: sys::napi_env,
    allocate: Rc<Reference>,
    /// The slab and a reference that keeps its Buffer alive. The program can detach the Buffer's memory, so
    /// [`Slabs::begin`] checks it before each batch.
    current: Option<(Slab, Reference)>,
    /// Where the running batch begins in the slab.
    start: usize,
    /// Whether the running batch has a message in the slab whose memory JavaScript may keep. A text is copied to a string
    /// when its row is walked, and some connections copy bytes as well.
    is_kept: bool,
}

impl Slabs {
    pub(super) fn new(raw: sys::napi_env, allocate: Rc<Reference>) -> Self {
        Self {
            raw,
            allocate,
            current: None,
            start: 0,
            is_kept: false,
        }
    }

    /// Begins a batch: drops the slab if its memory was detached, and frees what the last batch has read into it if
    /// JavaScript keeps none of it.
    ///
    /// # Safety
    /// If `is_delivered`, JavaScript has walked all rows that refer to the slab, and is walking none.
    pub(super) unsafe fn begin(&mut self, is_delivered: bool) {
        self.drop_detached();
        let Some((slab, _)) = &mut self.current else {
            return;
        };
        if is_delivered && !self.is_kept {
            // SAFETY: behind `start` lie only messages that JavaScript copies when it walks their rows, frame headers and
            // other frames. The caller promises that it has walked them.
            unsafe { slab.rewind(self.start) };
        }
        self.start = slab.used();
        self.is_kept = false;
    }

    fn drop_detached(&mut self) {
        let Some((slab, reference)) = &self.current else {
            return;
        };
        let memory = reference.get().and_then(|value| buffer_memory(self.raw, value));
        if !matches!(memory, Ok((data, length)) if slab.is(data, length)) {
            self.current = None;
        }
    }

    pub(super) fn is_missing(&self) -> bool {
        self.current.is_none()
    }

    /// Returns the unfilled rest of the slab, or `None` if there is no slab.
    ///
    /// # Safety
    /// The slice is not used after [`Slabs::advance`] is called or the next window is taken, nor after the
    /// connection that reads has ended its use.
    pub(super) unsafe fn window<'a>(&mut self) -> Option<&'a mut [u8]> {
        // SAFETY: promised by the caller; `begin` or `replace` has found the memory attached.
        self.current.as_mut().map(|(slab, _)| unsafe { slab.window() })
    }

    /// Marks the first `count` bytes of the window as filled.
    pub(super) fn advance(&mut self, count: usize) {
        if let Some((slab, _)) = &mut self.current {
            slab.advance(count);
        }
    }

    /// Returns where the window begins in the slab.
    pub(super) fn used(&self) -> usize {
        self.current.as_ref().map_or(0, |(slab, _)| slab.used())
    }

    /// Notes a message in the window.
    pub(super) fn note_message(&mut self, is_kept: bool) {
        self.is_kept |= is_kept;
    }

    /// Calls JavaScript to allocate a Buffer. That runs code of this package and of Node, but none of the program's unless it
    /// has replaced Node's functions.
    pub(super) fn allocate(&self) -> Result<sys::napi_value> {
        call_function(self.raw, self.allocate.get()?, &[])
    }

    /// Makes the Buffer the current slab. On failure there is none.
    pub(super) fn replace(&mut self, buffer: sys::napi_value) -> Result<()> {
        self.current = None;
        let (data, length) = buffer_memory(self.raw, buffer)?;
        if length < WINDOW_SIZE {
            return Err(Error::new(Status::InvalidArg, "the slab is too small"));
        }
        // SAFETY: `buffer` was returned by `allocate` in the current handle scope.
        let reference = unsafe { Reference::new(self.raw, buffer) }?;
        // SAFETY: the reference keeps the Buffer alive, and `begin` drops the slab if its memory was detached. JavaScript
        // reads a part of the slab only after the row of that part was delivered. It returns a Buffer a second time only
        // after all messages in it were copied or given back (`reuseMemory`), and accesses it on this thread only.
        self.current = Some((unsafe { Slab::new(data, length) }, reference));
        self.start = 0;
        self.is_kept = false;
        Ok(())
    }
}

/// Returns the address and the length of a Buffer.
fn buffer_memory(raw: sys::napi_env, value: sys::napi_value) -> Result<(*mut u8, usize)> {
    let (mut data, mut length) = (ptr::null_mut(), 0);
    // SAFETY: `value` is alive in an open handle scope on the environment's thread.
    check_status!(unsafe { sys::napi_get_buffer_info(raw, value, &raw mut data, &raw mut length) })?;
    Ok((data.cast(), length))
}
