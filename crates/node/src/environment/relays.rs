//! Streams that JavaScript carries: what they have for it to do is passed on whenever native code is left.

use super::state::{Environment, ReadyRelays, RelayReady};
use crate::boundary::invoke::call_function;
use crate::boundary::objects::{bytes as to_bytes, copied_buffer};
use crate::boundary::threadsafe::{Receive, ThreadsafeFunction};
use crate::slots::Key;
use crate::system::send_queue;
use napi::bindgen_prelude::{FromNapiValue, ToNapiValue};
use napi::{Result, sys};
use std::rc::Rc;
use websocket_rs_client::{Addresses, RelayStream, RelayWork};

/// `relay`: go on reading.
pub(crate) const READ: u32 = 1;
/// `relay`: end the writing side after the bytes.
pub(crate) const SHUT: u32 = 2;
/// `relay`: close the stream after the bytes. Nothing follows.
pub(crate) const CLOSED: u32 = 4;
/// `relay`: the stream keeps the process alive.
pub(crate) const REFERENCED: u32 = 8;
/// `relay`: closing does not wait for what the stream cannot write at once.
pub(crate) const ABORTED: u32 = 16;

/// How JavaScript is called.
type Invoke = fn(sys::napi_env, sys::napi_value, &[sys::napi_value]) -> Result<sys::napi_value>;

impl Receive<RelayReady> for Environment {
    fn receive(self: &Rc<Self>, RelayReady: RelayReady) {
        // Leaving passes the work on.
        self.enter(|_| {});
    }
}

impl Environment {
    /// Makes a stream for JavaScript to carry.
    /// `descriptor` is that of the stream's socket, negative if it has none.
    pub(crate) fn open_relay(
        self: &Rc<Self>,
        addresses: Option<Addresses>,
        descriptor: i32,
    ) -> Result<Option<Key>> {
        self.relays.open(addresses, descriptor, || {
            // SAFETY: on the environment's thread, in a call from JavaScript. `Relays::close` closes the function before
            // the environment is dropped: `Environment::close` calls it, and runs while the environment is counted.
            let reports = unsafe { ThreadsafeFunction::new(self.raw, c"WEBSOCKET_RS_RELAY", self) }?;
            Ok(ReadyRelays::new(reports))
        })
    }

    /// Takes the connection's end of a stream, once. Dropping it has JavaScript close the stream.
    pub(crate) fn take_stream(&self, key: Key) -> Option<RelayStream> {
        self.relays.take_stream(key)
    }

    /// Updates how much the stream of a connection has written, and how much of that the peer has taken.
    pub(super) fn refresh_relay(&self, key: Key) {
        let relay = self.with(key, |record| record.connection.relay().cloned());
        if let Some(relay) = relay.flatten() {
            relay.refresh();
            self.run_relays(call_function);
            let queue = send_queue::probe_descriptor(self.relays.descriptor(&relay));
            self.with(key, |record| record.connection.report_send_queue(queue));
        }
    }

    /// Passes on what streams have for JavaScript to do.
    pub(crate) fn run_relays(&self, invoke: Invoke) {
        for key in self.relays.take_ready() {
            let Some((relay, _)) = self.relays.find(key) else {
                continue;
            };
            let work = relay.take();
            if work.is_closed {
                self.relays.remove(key);
                self.release_if_idle();
            }
            // Fails only if JavaScript no longer runs: the function throws nothing.
            if let Ok(unsent) = self.call_relay(key, &work, invoke) {
                relay.set_unsent(unsent);
            }
        }
    }

    /// Returns how many bytes the stream has not written.
    fn call_relay(&self, key: Key, work: &RelayWork, invoke: Invoke) -> Result<usize> {
        let Some(function) = self.relays.function.borrow().clone() else {
            return Ok(0);
        };
        let flags = [
            (work.reads, READ),
            (work.is_shut, SHUT),
            (work.is_closed, CLOSED),
            (work.is_referenced, REFERENCED),
            (work.is_aborted, ABORTED),
        ];
        let flags: u32 = flags
            .iter()
            .filter(|(is_set, _)| *is_set)
            .map(|(_, flag)| flag)
            .sum();
        // SAFETY: on the environment's thread with a handle scope open.
        let (id, flags) = unsafe {
            (
                f64::to_napi_value(self.raw, key.to_number())?,
                u32::to_napi_value(self.raw, flags)?,
            )
        };
        let bytes = copied_buffer(self.raw, &work.bytes)?;
        let arguments = [id, flags, bytes];
        let count = if work.bytes.is_empty() { 2 } else { 3 };
        let arguments = arguments.get(..count).unwrap_or_default();
        let unsent = invoke(self.raw, function.get()?, arguments)?;
        // SAFETY: as above.
        unsafe { f64::from_napi_value(self.raw, unsent) }.map(to_bytes)
    }
}
