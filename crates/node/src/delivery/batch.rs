//! The batch: the rows and payloads that one call delivers to JavaScript.
//!
//! Connections read into a slab, a Buffer that JavaScript has allocated, so most messages are views of the memory that
//! the kernel has copied them to. The rows are a `Uint32Array` that both sides share for the environment's life.

use super::row::Row;
use super::slabs::Slabs;
use super::values::Values;
use crate::boundary::invoke::clear_exception;
use crate::boundary::objects::typed_array;
use crate::boundary::payload_buffer;
use crate::boundary::reference::Reference;
use crate::slab::Rows;
use crate::slots::Key;
use napi::{Error, Result, Status, sys};
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;
use websocket_rs_client::{Destination, Kind, PayloadMemory};

/// Payload bytes from which a batch is delivered although more has arrived.
const BATCH_BYTES: usize = 1024 * 1024;

/// Payload bytes of several connections from which a batch is delivered: what a cache holds beside the program's data.
const GATHERED_BYTES: usize = 128 * 1024;

/// The rows and payloads of one call into JavaScript. Each event has the connection that it is of: the one that was
/// named last.
#[derive(Debug)]
pub(crate) struct Batch {
    raw: sys::napi_env,
    rows: Rows,
    /// Payload bytes of the batch.
    bytes: usize,
    slabs: Slabs,
    values: Values,
    /// The connection of the events that are added next.
    key: Option<Key>,
    /// Whether the rows name that connection.
    is_named: bool,
    /// How many rows name a connection.
    connections: usize,
    /// How many rows are events, which is all that neither name a connection nor announce a new slab.
    events: usize,
    /// How many rows announce a new slab.
    new_slabs: usize,
    /// Rows and new slabs before those of the last connection.
    last: (usize, usize),
    /// Keeps the memory of `rows` alive.
    _shared: Reference,
}

impl Batch {
    /// Takes the shared rows, the function that allocates a slab, and the memory of large payloads.
    ///
    /// # Safety
    /// `rows` is a value of the running call in `raw`.
    pub(crate) unsafe fn new(
        raw: sys::napi_env,
        rows: sys::napi_value,
        allocate: Rc<Reference>,
        payloads: PayloadMemory,
    ) -> Result<Self> {
        let (data, length) = typed_array(raw, rows, sys::TypedarrayType::uint32_array)?;
        // SAFETY: `_shared` keeps the memory alive as long as `rows`. TypeScript never detaches it, and only this thread
        // uses it.
        let memory = unsafe { Rows::new(data.cast(), length) }
            .ok_or_else(|| Error::new(Status::InvalidArg, "the rows have no room"))?;
        Ok(Self {
            raw,
            rows: memory,
            bytes: 0,
            slabs: Slabs::new(raw, allocate),
            values: Values::new(raw, payloads),
            key: None,
            is_named: false,
            connections: 0,
            events: 0,
            new_slabs: 0,
            last: (0, 0),
            // SAFETY: promised by the caller.
            _shared: unsafe { Reference::new(raw, rows) }?,
        })
    }

    /// Begins to collect from a connection, in a new batch or in one that already has rows.
    pub(crate) fn begin(&mut self, key: Key) {
        self.name(key);
        // Nothing but `allocate` has run since the slab was checked for the first of these events.
        if self.events > 0 {
            return;
        }
        // SAFETY: an empty batch has no row that JavaScript has yet to walk: `take` has emptied it, and JavaScript walks
        // the rows before any other code of the program runs. Code that runs within the walk, and blocks on a
        // connection there, finds `is_being_walked` set.
        unsafe { self.slabs.begin(!self.rows.is_being_walked()) };
    }

    /// Sets the connection of the events that are added next. A row names it before the first of them.
    pub(crate) fn name(&mut self, key: Key) {
        if self.key != Some(key) {
            self.key = Some(key);
            self.is_named = false;
            self.last = (self.rows.count(), self.new_slabs);
        }
    }

    /// Returns whether another message fits.
    pub(crate) fn has_room(&self) -> bool {
        self.rows.has_room() && self.bytes < BATCH_BYTES
    }

    /// Returns whether the batch may be completed by other connections: it has room, and nothing that only the running
    /// callback can deliver.
    pub(crate) fn can_wait(&self) -> bool {
        self.rows.has_room() && self.bytes < GATHERED_BYTES && self.values.is_empty()
    }

    /// Returns the number of rows, or 0 if none of them is an event.
    pub(crate) fn count(&self) -> usize {
        if self.events == 0 { 0 } else { self.rows.count() }
    }

    /// Returns the connection that was named last.
    pub(crate) fn key(&self) -> Option<Key> {
        self.key
    }

    /// Returns whether connections have several events each.
    pub(crate) fn is_grouped(&self) -> bool {
        self.events > self.connections
    }

    /// Returns the window that a connection reads into. Returns `None` if JavaScript cannot allocate a slab.
    ///
    /// # Safety
    /// The slice is not used after [`Batch::end_window`] or [`Batch::next_window`] is called, nor after the batch is
    /// delivered.
    pub(crate) unsafe fn window<'a>(&mut self) -> Option<&'a mut [u8]> {
        if self.slabs.is_missing() {
            self.renew().ok()?;
        }
        // SAFETY: promised by the caller.
        unsafe { self.slabs.window() }
    }

    /// Returns all of a new slab, for a connection that has filled the window.
    ///
    /// # Safety
    /// As for [`Batch::window`]. The previous slice may still be read until then: the handle scope of the call keeps its
    /// Buffer alive.
    pub(crate) unsafe fn next_window<'a>(&mut self) -> Option<&'a mut [u8]> {
        self.renew().ok()?;
        // SAFETY: promised by the caller.
        unsafe { self.slabs.window() }
    }

    /// Ends the use of the window. Its first `count` bytes are filled.
    pub(crate) fn end_window(&mut self, count: usize) {
        self.slabs.advance(count);
    }

    /// Adds a message, or a part of one, that lies at `place` in the window. `keeps_bytes` is whether JavaScript may keep a
    /// view of it, if it is binary.
    pub(crate) fn push(&mut self, kind: Kind, place: &Range<usize>, keeps_bytes: bool) {
        self.push_in_slab(Row::in_slab(kind), keeps_bytes && kind == Kind::Binary, place);
    }

    /// Adds a message that lies at `place` in the window, a text as bytes. `keeps_bytes` is whether JavaScript may keep a
    /// view of it.
    pub(crate) fn push_bytes(&mut self, kind: Kind, place: &Range<usize>, keeps_bytes: bool) {
        self.push_in_slab(Row::bytes_in_slab(kind), keeps_bytes, place);
    }

    #[allow(clippy::cast_possible_truncation)]
    fn push_in_slab(&mut self, row: Row, is_kept: bool, place: &Range<usize>) {
        let start = self.slabs.used();
        self.bytes += place.len();
        self.slabs.note_message(is_kept);
        self.add(row, (start + place.start) as u32, place.len() as u32);
    }

    /// Adds a message, or a part of one, that does not lie in the window.
    pub(crate) fn push_own(&mut self, kind: Kind, payload: Vec<u8>) {
        self.add_own(Row::own(kind), payload.len());
        self.values.push_owned(kind, payload);
    }

    /// Adds a message, as [`Batch::push_own`] does. If it is a large text, its memory is lent until the loop runs after the
    /// text has been collected.
    pub(crate) fn push_lent(&mut self, kind: Kind, payload: Vec<u8>) {
        match kind {
            Kind::Text => {
                self.add_own(Row::OwnText, payload.len());
                self.values.push_lent(payload);
            }
            Kind::Binary => self.push_own(kind, payload),
        }
    }

    /// Adds a binary message that was read into a Buffer.
    pub(crate) fn push_destination(&mut self, destination: Box<dyn Destination>) {
        let (buffer, length) = payload_buffer::take(destination);
        self.add_own(Row::OwnBinary, length);
        self.values.push_made(buffer);
    }

    /// Adds a message that does not lie in the window, a text as bytes.
    pub(crate) fn push_own_bytes(&mut self, kind: Kind, payload: Vec<u8>) {
        self.add_own(Row::own_bytes(kind), payload.len());
        self.values.push_owned(Kind::Binary, payload);
    }

    #[allow(clippy::cast_possible_truncation)]
    fn add_own(&mut self, row: Row, length: usize) {
        self.bytes += length;
        self.add(row, 0, length as u32);
    }

    /// Adds a ping.
    pub(crate) fn push_ping(&mut self, payload: &[u8]) {
        self.push_value(Row::Ping, 0, Kind::Binary, payload);
    }

    /// Adds that a message begins which is delivered as it arrives.
    pub(crate) fn push_stream_start(&mut self, kind: Kind) {
        self.add(Row::stream(kind), 0, 0);
    }

    /// Adds that this message is complete.
    pub(crate) fn push_stream_end(&mut self) {
        self.add(Row::StreamEnd, 0, 0);
    }

    /// Adds that a message is larger than `maxMessageSize`.
    pub(crate) fn push_held(&mut self) {
        self.add(Row::Held, 0, 0);
    }

    /// Adds a pong. `trip` is the round trip of the keepalive's ping, if the pong replies to that. The row has it in
    /// microseconds, at least 1.
    pub(crate) fn push_pong(&mut self, payload: &[u8], trip: Option<Duration>) {
        let trip = trip.map_or(0, |trip| {
            u32::try_from(trip.as_micros()).unwrap_or(u32::MAX).max(1)
        });
        self.push_value(Row::Pong, trip, Kind::Binary, payload);
    }

    /// Adds the peer's close frame. Most have no reason, and then no value is made.
    pub(crate) fn push_close(&mut self, code: u16, reason: &[u8]) {
        if reason.is_empty() {
            self.add(Row::Close, code.into(), 0);
        } else {
            self.push_value(Row::Close, code.into(), Kind::Text, reason);
        }
    }

    #[allow(clippy::cast_possible_truncation)]
    fn push_value(&mut self, row: Row, offset: u32, kind: Kind, payload: &[u8]) {
        self.add(row, offset, payload.len() as u32);
        self.values.push(kind, payload);
    }

    /// Adds the end of the connection.
    pub(crate) fn push_end(&mut self) {
        self.add(Row::End, 0, 0);
    }

    /// Adds the failure of the connection.
    pub(crate) fn push_failure(&mut self, error: websocket_rs_client::Error) {
        self.values.set_failure(error);
        self.add(Row::Failure, 0, 0);
    }

    /// Adds a row that lets JavaScript request another turn.
    pub(crate) fn push_more(&mut self) {
        self.add(Row::More, 0, 0);
    }

    /// Adds that the closing handshake has lasted too long.
    pub(crate) fn push_close_due(&mut self) {
        self.add(Row::CloseDue, 0, 0);
    }

    /// Adds that sending is no longer paused.
    pub(crate) fn push_drained(&mut self) {
        self.add(Row::Drained, 0, 0);
    }

    fn add(&mut self, row: Row, offset: u32, length: u32) {
        if let Some(key) = self.key.filter(|_| !self.is_named) {
            let (low, high) = key.parts();
            self.rows.add(Row::Connection as u32, low, high);
            self.is_named = true;
            self.connections += 1;
        }
        self.events += 1;
        self.rows.add(row as u32, offset, length);
    }

    /// Calls JavaScript to allocate the next slab. An exception, thrown because memory is exhausted, is discarded: it must not
    /// surface in an unrelated call.
    fn renew(&mut self) -> Result<()> {
        self.try_renew().inspect_err(|_| clear_exception(self.raw))
    }

    fn try_renew(&mut self) -> Result<()> {
        let buffer = self.slabs.allocate()?;
        // JavaScript has counted this slab, so the row is added even if the slab is refused below.
        self.rows.add(Row::NextSlab as u32, 0, 0);
        self.new_slabs += 1;
        self.slabs.replace(buffer)
    }

    /// Sets how many rows JavaScript is being delivered; 0 outside of a delivery.
    pub(crate) fn set_delivering(&mut self, count: usize) {
        self.rows.set_delivering(count);
    }

    /// Tells JavaScript that the process is exiting.
    pub(crate) fn set_exiting(&mut self) {
        self.rows.set_exiting();
    }

    /// Empties the batch and returns what does not fit in rows: an array of values, and a failure. After an error the
    /// batch still has all rows but the events of the connection that was named last, whose values could not be made.
    pub(crate) fn take(&mut self) -> Result<(sys::napi_value, sys::napi_value)> {
        let taken = self.values.take();
        if taken.is_ok() {
            self.clear();
        } else {
            self.drop_last();
        }
        taken
    }

    fn clear(&mut self) {
        self.rows.truncate(0);
        self.key = None;
        self.is_named = false;
        self.bytes = 0;
        self.connections = 0;
        self.events = 0;
        self.new_slabs = 0;
        self.last = (0, 0);
    }

    /// Removes the events of the connection that was named last. Keeps the rows that announce new slabs, which JavaScript
    /// needs in any case.
    fn drop_last(&mut self) {
        let (rows, new_slabs) = self.last;
        self.rows.truncate(rows);
        (new_slabs..self.new_slabs).for_each(|_| self.rows.add(Row::NextSlab as u32, 0, 0));
        self.is_named = false;
    }
}
