//! Messages on their way to JavaScript: payloads in a slab, a row for each, one call per batch.
//!
//! The slab is a Buffer that JavaScript allocates and that connections read into, so most messages are
//! views of the memory the kernel copied them to. It is filled once; whether it may be filled again is for
//! JavaScript to know. The rows are a `Uint32Array` both sides see for good.

use crate::boundary::failure::encode_failure;
use crate::boundary::reference::Reference;
use crate::slab::{Rows, Slab};
use napi::{Error, Result, Status, check_status, sys};
use std::ops::Range;
use std::ptr;
use std::rc::Rc;
use std::time::Duration;
use websocket_rs_client::{Kind, WINDOW_SIZE};

/// Payload bytes after which a batch is handed over although more has arrived.
const BATCH_BYTES: usize = 1024 * 1024;

/// What a row says. The numbers are those of `src/native.ts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Row {
    /// A text message in the slab.
    Text = 0,
    /// A binary message in the slab.
    Binary = 1,
    /// A pong, in memory of its own.
    Pong = 2,
    /// The peer's close frame, in memory of its own: code, big-endian, and reason.
    Close = 3,
    /// The connection ended after its closing handshake.
    End = 4,
    /// The connection failed.
    Failure = 5,
    /// Sends may go on.
    Drained = 6,
    /// The rows below speak of the next slab.
    NextSlab = 7,
    /// A text message that was put together outside of a slab.
    OwnText = 8,
    /// A binary message in memory of its own.
    OwnBinary = 9,
    /// More has arrived, but others are to have their turn first: ask for a `turn` later.
    More = 10,
}

impl From<Kind> for Row {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text,
            Kind::Binary => Self::Binary,
        }
    }
}

/// The rows and payloads of one call into JavaScript.
#[derive(Debug)]
pub(crate) struct Batch {
    raw: sys::napi_env,
    rows: Rows,
    bytes: usize,
    /// The slab that is being filled, and what keeps its Buffer. The memory can still be taken away by
    /// JavaScript that transfers it, so [`Batch::begin`] asks anew before every batch.
    slab: Option<(Slab, Reference)>,
    /// Where this batch begins in the slab, and whether anything of it stays there. A text does not: it
    /// has become a string when the call that hands it over comes back.
    mark: usize,
    stays: bool,
    allocate: Rc<Reference>,
    /// Whether the rows are nothing but word of a new slab.
    is_empty: bool,
    /// How many rows say that there is a new slab.
    renewals: usize,
    /// Values that are not in a slab, made in the handle scope in which the batch is delivered.
    own: Result<Vec<sys::napi_value>>,
    failure: Option<Box<websocket_rs_client::Error>>,
    _rows: Reference,
}

impl Batch {
    /// Takes the shared rows and the function that allocates a slab.
    ///
    /// # Safety
    /// `rows` is a value of the running call in `raw`.
    pub(crate) unsafe fn new(
        raw: sys::napi_env,
        rows: sys::napi_value,
        allocate: Rc<Reference>,
    ) -> Result<Self> {
        let (mut kind, mut length, mut data) = (0, 0, ptr::null_mut());
        // SAFETY: `rows` is alive in the running call; the results are written on success.
        check_status!(unsafe {
            sys::napi_get_typedarray_info(
                raw,
                rows,
                &raw mut kind,
                &raw mut length,
                &raw mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        })?;
        let memory = (kind == sys::TypedarrayType::uint32_array)
            // SAFETY: the memory is kept by `_rows` below, which goes when this does, and `native.ts`
            // never detaches it. Only this thread uses it.
            .then(|| unsafe { Rows::new(data.cast(), length) })
            .flatten()
            .ok_or_else(|| Error::new(Status::InvalidArg, "rows are not a Uint32Array"))?;
        Ok(Self {
            raw,
            rows: memory,
            bytes: 0,
            slab: None,
            mark: 0,
            stays: false,
            allocate,
            is_empty: true,
            renewals: 0,
            own: Ok(Vec::new()),
            failure: None,
            // SAFETY: as above.
            _rows: unsafe { Reference::new(raw, rows) }?,
        })
    }

    /// Begins a batch. JavaScript may have detached the slab's memory since the last one; from here
    /// until the batch is delivered none of the user's code runs.
    pub(crate) fn begin(&mut self) {
        let Some((slab, reference)) = &mut self.slab else {
            return;
        };
        let memory = reference.get().and_then(|value| buffer_memory(self.raw, value));
        if !matches!(memory, Ok((data, length)) if slab.is(data, length)) {
            self.slab = None;
            return;
        }
        if !self.stays && self.is_empty && !self.rows.is_walked() {
            // SAFETY: nothing but texts of the last batch lie there, and JavaScript has made strings of all of
            // them: it walks no rows at the moment. (The user's code can run in the middle of a walk and block
            // on a connection, which begins a batch here.)
            unsafe { slab.take_back(self.mark) };
        }
        self.mark = slab.used();
        self.stays = false;
    }

    /// Whether another message fits.
    pub(crate) fn has_room(&self) -> bool {
        self.rows.has_room() && self.bytes < BATCH_BYTES
    }

    /// Rows so far; none where all they would say is that there is a new slab.
    pub(crate) fn count(&self) -> usize {
        if self.is_empty { 0 } else { self.rows.count() }
    }

    /// What the connection reads into next; none when JavaScript gives no memory for it.
    ///
    /// # Safety
    /// The slice is gone when [`Batch::give`] or [`Batch::next_window`] is called, and when the batch is
    /// delivered.
    pub(crate) unsafe fn window<'a>(&mut self) -> Option<&'a mut [u8]> {
        if self.slab.is_none() {
            self.renew().ok()?;
        }
        // SAFETY: promised by the caller; `begin` has seen that the memory is there.
        self.slab.as_mut().map(|(slab, _)| unsafe { slab.room() })
    }

    /// The whole of a new slab, when a connection needs more than is left of this one.
    ///
    /// # Safety
    /// As for [`Batch::window`]. What is in the slice before this one may still be read until then.
    pub(crate) unsafe fn next_window<'a>(&mut self) -> Option<&'a mut [u8]> {
        self.renew().ok()?;
        // SAFETY: promised by the caller.
        self.slab.as_mut().map(|(slab, _)| unsafe { slab.room() })
    }

    /// The connection is done with the window, of which so much stays as it is.
    pub(crate) fn give(&mut self, count: usize) {
        if let Some((slab, _)) = &mut self.slab {
            slab.give(count);
        }
    }

    /// Adds a message that lies in this part of the window.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn push(&mut self, kind: Kind, place: &Range<usize>) {
        let before = self.slab.as_ref().map_or(0, |(slab, _)| slab.used());
        self.bytes += place.len();
        self.stays |= kind == Kind::Binary;
        self.add(kind.into(), (before + place.start) as u32, place.len() as u32);
    }

    /// Adds a message that lies elsewhere, as a copy.
    pub(crate) fn push_own(&mut self, kind: Kind, payload: &[u8]) {
        let row = match kind {
            Kind::Text => Row::OwnText,
            Kind::Binary => Row::OwnBinary,
        };
        self.bytes += payload.len();
        self.push_value(row, 0, payload.len(), own_value(self.raw, kind, payload));
    }

    /// Adds a pong, with the round trip of the keepalive's ping in microseconds, at least one, where it
    /// answers that.
    pub(crate) fn push_pong(&mut self, payload: &[u8], trip: Option<Duration>) {
        let trip = trip.map_or(0, |trip| {
            u32::try_from(trip.as_micros()).unwrap_or(u32::MAX).max(1)
        });
        let value = own_value(self.raw, Kind::Binary, payload);
        self.push_value(Row::Pong, trip, payload.len(), value);
    }

    /// Adds the peer's close frame.
    pub(crate) fn push_close(&mut self, code: u16, reason: &[u8]) {
        let frame = [&code.to_be_bytes(), reason].concat();
        let value = own_value(self.raw, Kind::Binary, &frame);
        self.push_value(Row::Close, 0, frame.len(), value);
    }

    #[allow(clippy::cast_possible_truncation)]
    fn push_value(&mut self, row: Row, more: u32, length: usize, value: Result<sys::napi_value>) {
        self.add(row, more, length as u32);
        match (&mut self.own, value) {
            (Ok(values), Ok(value)) => values.push(value),
            (own, Err(error)) => {
                clear_exception(self.raw);
                *own = Err(error);
            }
            (Err(_), Ok(_)) => {}
        }
    }

    /// Adds the end of the connection.
    pub(crate) fn push_end(&mut self) {
        self.add(Row::End, 0, 0);
    }

    /// Adds the failure of the connection.
    pub(crate) fn push_failure(&mut self, error: websocket_rs_client::Error) {
        self.failure = Some(Box::new(error));
        self.add(Row::Failure, 0, 0);
    }

    /// Adds the request for another turn.
    pub(crate) fn push_more(&mut self) {
        self.add(Row::More, 0, 0);
    }

    /// Adds the word that sends may go on.
    pub(crate) fn push_drained(&mut self) {
        self.add(Row::Drained, 0, 0);
    }

    /// Asks JavaScript for a new slab. It runs none of the user's code for that, unless the user has replaced
    /// functions of Node's. What is thrown because there is no memory is not for whichever call is next.
    fn renew(&mut self) -> Result<()> {
        self.try_renew().inspect_err(|_| clear_exception(self.raw))
    }

    fn try_renew(&mut self) -> Result<()> {
        let mut value = ptr::null_mut();
        let function = self.allocate.get()?;
        // SAFETY: the caller of `collect` has a handle scope open on the environment's thread.
        check_status!(unsafe {
            let receiver = global(self.raw)?;
            sys::napi_call_function(self.raw, receiver, function, 0, ptr::null(), &raw mut value)
        })?;
        // JavaScript counts this slab, whatever becomes of it.
        self.slab = None;
        self.rows.add(Row::NextSlab as u32, 0, 0);
        self.renewals += 1;
        let (data, length) = buffer_memory(self.raw, value)?;
        if length < WINDOW_SIZE {
            return Err(Error::new(Status::InvalidArg, "a slab is too small"));
        }
        // SAFETY: `value` was just returned.
        let reference = unsafe { Reference::new(self.raw, value) }?;
        // SAFETY: the reference keeps the Buffer, and `begin` drops the slab where its memory has gone;
        // no user code, which alone could take it away, runs between that and the end of the batch.
        // JavaScript reads a part of the slab only after its row has been handed over; memory it gives a
        // second time it reads on this thread at most, and not while the batch is under way.
        self.slab = Some((unsafe { Slab::new(data, length) }, reference));
        self.mark = 0;
        self.stays = false;
        Ok(())
    }

    fn add(&mut self, row: Row, offset: u32, length: u32) {
        self.is_empty = false;
        self.rows.add(row as u32, offset, length);
    }

    /// Messages JavaScript is being given at the moment: 0 outside of a batch.
    pub(crate) fn set_delivering(&mut self, count: usize) {
        self.rows.set_delivering(count);
    }

    /// Empties the batch and gives what does not fit in rows: values of their own, and a failure. An error
    /// leaves the rows of new slabs only, which JavaScript has to be told of whatever else is lost.
    pub(crate) fn take(&mut self) -> Result<(sys::napi_value, sys::napi_value)> {
        self.rows.clear();
        self.is_empty = true;
        self.bytes = 0;
        let renewals = std::mem::take(&mut self.renewals);
        let own = std::mem::replace(&mut self.own, Ok(Vec::new()));
        let failure = self.failure.take();
        let taken = encode_rest(self.raw, own, failure.as_deref());
        if taken.is_err() {
            clear_exception(self.raw);
            self.renewals = renewals;
            (0..renewals).for_each(|_| self.rows.add(Row::NextSlab as u32, 0, 0));
        }
        taken
    }
}

/// Drops what a call threw that is reported in another way. If JavaScript no longer runs there is nothing to drop.
fn clear_exception(raw: sys::napi_env) {
    let mut exception = ptr::null_mut();
    // SAFETY: callers are on the environment's thread with a handle scope open.
    let status = unsafe { sys::napi_get_and_clear_last_exception(raw, &raw mut exception) };
    debug_assert!(
        status == sys::Status::napi_ok || exception.is_null(),
        "an exception was given with a failure"
    );
}

/// Where a Buffer's bytes are, and how many.
fn buffer_memory(raw: sys::napi_env, value: sys::napi_value) -> Result<(*mut u8, usize)> {
    let (mut data, mut length) = (ptr::null_mut(), 0);
    // SAFETY: callers hold `value` in an open handle scope on the environment's thread.
    check_status!(unsafe { sys::napi_get_buffer_info(raw, value, &raw mut data, &raw mut length) })?;
    Ok((data.cast(), length))
}

/// The global object, as receiver of calls that need none.
pub(crate) fn global(raw: sys::napi_env) -> Result<sys::napi_value> {
    let mut value = ptr::null_mut();
    // SAFETY: callers are on the environment's thread with a handle scope open.
    check_status!(unsafe { sys::napi_get_global(raw, &raw mut value) })?;
    Ok(value)
}

fn encode_rest(
    raw: sys::napi_env,
    own: Result<Vec<sys::napi_value>>,
    failure: Option<&websocket_rs_client::Error>,
) -> Result<(sys::napi_value, sys::napi_value)> {
    Ok((encode_values(raw, &own?)?, encode_failure(raw, failure)?))
}

/// The values as an array, or null where there are none.
fn encode_values(raw: sys::napi_env, values: &[sys::napi_value]) -> Result<sys::napi_value> {
    let mut array = ptr::null_mut();
    if values.is_empty() {
        return Ok(array);
    }
    // SAFETY: callers are on the environment's thread with a handle scope open.
    check_status!(unsafe { sys::napi_create_array_with_length(raw, values.len(), &raw mut array) })?;
    for (index, value) in (0..).zip(values) {
        // SAFETY: as above; the values were made in the same scope.
        check_status!(unsafe { sys::napi_set_element(raw, array, index, *value) })?;
    }
    Ok(array)
}

/// A message in memory of JavaScript's own, which the garbage collector frees by itself.
fn own_value(raw: sys::napi_env, kind: Kind, payload: &[u8]) -> Result<sys::napi_value> {
    let (data, mut value) = (payload.as_ptr(), ptr::null_mut());
    match kind {
        Kind::Text => {
            let length = isize::try_from(payload.len())
                .map_err(|_| Error::new(Status::GenericFailure, "text too long"))?;
            // SAFETY: as in `encode_values`; the bytes are copied before this returns.
            check_status!(unsafe { sys::napi_create_string_utf8(raw, data.cast(), length, &raw mut value) })?;
        }
        Kind::Binary => {
            // SAFETY: as above.
            check_status!(unsafe {
                sys::napi_create_buffer_copy(raw, payload.len(), data.cast(), ptr::null_mut(), &raw mut value)
            })?;
        }
    }
    Ok(value)
}
