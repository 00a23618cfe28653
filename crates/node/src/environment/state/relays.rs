//! The streams that JavaScript carries, by number, and those that have work for it.

use crate::boundary::reference::Reference;
use crate::boundary::threadsafe::ThreadsafeFunction;
use crate::slots::{Key, Slots};
use napi::Result;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};
use websocket_rs_client::{Addresses, Relay, RelayStream};

/// A stream has work for JavaScript.
#[derive(Debug)]
pub(crate) struct RelayReady;

/// A stream that JavaScript carries.
#[derive(Debug)]
struct Entry {
    /// `None` only while it is made.
    relay: Option<Relay>,
    /// The connection's end, until it is taken.
    stream: Option<RelayStream>,
    /// The connection that reads it; `None` before it is open and after it has ended.
    connection: Option<Key>,
    /// The descriptor of the stream's socket; negative if it has none, or none any more.
    descriptor: i32,
}

/// The list of streams that have work, which any thread adds to.
#[derive(Debug)]
pub(crate) struct ReadyRelays {
    keys: Mutex<Vec<Key>>,
    has_any: AtomicBool,
    /// The JavaScript thread, which looks at the list whenever it leaves native code.
    thread: ThreadId,
    reports: ThreadsafeFunction<RelayReady>,
}

impl ReadyRelays {
    pub(crate) fn new(reports: ThreadsafeFunction<RelayReady>) -> Self {
        Self {
            keys: Mutex::default(),
            has_any: AtomicBool::new(false),
            thread: thread::current().id(),
            reports,
        }
    }

    fn add(&self, key: Key) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).push(key);
        self.has_any.store(true, Ordering::Release);
        if thread::current().id() != self.thread {
            self.reports.send(RelayReady);
        }
    }

    fn take(&self) -> Vec<Key> {
        if !self.has_any.swap(false, Ordering::Acquire) {
            return Vec::new();
        }
        std::mem::take(&mut *self.keys.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The streams of one environment.
#[derive(Debug, Default)]
pub(crate) struct Relays {
    entries: RefCell<Slots<Entry>>,
    /// Made with the first stream.
    ready: RefCell<Option<Arc<ReadyRelays>>>,
    /// The JavaScript function that does the work.
    pub(crate) function: RefCell<Option<Rc<Reference>>>,
}

impl Relays {
    /// Makes a stream. `make_ready` makes the list of streams with work, for the first.
    pub(crate) fn open(
        &self,
        addresses: Option<Addresses>,
        descriptor: i32,
        make_ready: impl FnOnce() -> Result<ReadyRelays>,
    ) -> Result<Option<Key>> {
        let ready = match &mut *self.ready.borrow_mut() {
            Some(ready) => Arc::clone(ready),
            none => Arc::clone(none.insert(Arc::new(make_ready()?))),
        };
        let mut entries = self.entries.borrow_mut();
        let made = entries.insert(Entry {
            relay: None,
            stream: None,
            connection: None,
            descriptor,
        });
        let Some(key) = made else { return Ok(None) };
        let (relay, stream) = Relay::new(to_id(key), addresses, move || ready.add(key));
        if let Some(entry) = entries.get_mut(key) {
            entry.relay = Some(relay);
            entry.stream = Some(stream);
        }
        Ok(Some(key))
    }

    /// Takes the connection's end of a stream, once.
    pub(crate) fn take_stream(&self, key: Key) -> Option<RelayStream> {
        self.entries.borrow_mut().get_mut(key)?.stream.take()
    }

    /// Sets the connection that reads the stream.
    pub(crate) fn set_connection(&self, relay: &Relay, connection: Key) {
        if let Some(entry) = self.entries.borrow_mut().get_mut(from_id(relay.id())) {
            entry.connection = Some(connection);
        }
    }

    /// Returns the descriptor of a stream's socket; negative if it has none.
    pub(crate) fn descriptor(&self, relay: &Relay) -> i32 {
        let mut entries = self.entries.borrow_mut();
        entries
            .get_mut(from_id(relay.id()))
            .map_or(-1, |entry| entry.descriptor)
    }

    /// Notes that the socket of a stream is closed.
    pub(crate) fn forget_descriptor(&self, key: Key) {
        if let Some(entry) = self.entries.borrow_mut().get_mut(key) {
            entry.descriptor = -1;
        }
    }

    /// Returns a stream and the connection that reads it.
    pub(crate) fn find(&self, key: Key) -> Option<(Relay, Option<Key>)> {
        let mut entries = self.entries.borrow_mut();
        let entry = entries.get_mut(key)?;
        Some((entry.relay.clone()?, entry.connection))
    }

    pub(crate) fn remove(&self, key: Key) {
        self.entries.borrow_mut().remove(key);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty()
    }

    /// Returns the streams that have work.
    pub(crate) fn take_ready(&self) -> Vec<Key> {
        match &*self.ready.borrow() {
            Some(ready) => ready.take(),
            None => Vec::new(),
        }
    }

    /// Ends all streams and drops what is reported from now on.
    pub(crate) fn close(&self) {
        for entry in self.entries.borrow_mut().drain() {
            if let Some(relay) = entry.relay {
                relay.end(None);
            }
        }
        if let Some(ready) = self.ready.borrow_mut().take() {
            ready.reports.close();
        }
        *self.function.borrow_mut() = None;
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A safe integer.
fn to_id(key: Key) -> u64 {
    key.to_number() as u64
}

#[allow(clippy::cast_precision_loss)] // A safe integer.
fn from_id(id: u64) -> Key {
    Key::from_number(id as f64)
}
