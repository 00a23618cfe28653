//! Messages on their way out: when they are written, and the buffer they share.

use super::Environment;
use crate::clock;
use crate::slots::Key;
use bytes::Bytes;
use websocket_rs_client::{Connection, Kind};

/// What became of a message.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sent {
    /// The message is accepted; the number of bytes unsent after it.
    Accepted(usize),
    /// Nothing was sent: there is no open connection.
    Gone,
    /// Nothing was sent: the driver has to look at the socket first.
    LookFirst,
}

impl Environment {
    /// Sends a message, which leaves now or at the end of the tick.
    pub(crate) fn send(&self, key: Key, kind: Kind, payload: &[u8]) -> Sent {
        self.encode(key, |connection| connection.send(kind, payload))
    }

    /// Sends a ping, as [`Environment::send`] does.
    pub(crate) fn ping(&self, key: Key, payload: &[u8]) -> Sent {
        self.encode(key, |connection| connection.ping(Bytes::copy_from_slice(payload)))
    }

    fn encode(
        &self,
        key: Key,
        encode: impl FnOnce(&mut Connection) -> std::result::Result<(), websocket_rs_client::Error>,
    ) -> Sent {
        let grouped = self.delivering.get() > 1;
        let mut connections = self.connections.borrow_mut();
        let Some(record) = connections.get_mut(key) else {
            return Sent::Gone;
        };
        let now = clock::coarse();
        if record.is_look_due(now) {
            return Sent::LookFirst;
        }
        let mut spare = self.spare.borrow_mut();
        record.connection.lend_buffer(&mut spare);
        let encoded = encode(&mut record.connection);
        if encoded.is_ok() {
            record.flush_after_send(now, grouped);
        }
        record.connection.reclaim_buffer(&mut spare);
        if encoded.is_err() {
            return Sent::Gone;
        }
        if record.handle.is_some() {
            if !record.dirty {
                record.dirty = true;
                self.dirty.borrow_mut().push(key);
            }
            if record.blocked {
                record.arm();
            }
        }
        Sent::Accepted(record.connection.buffered())
    }

    /// Takes a connection's frame buffer back where nothing is in it.
    pub(crate) fn reclaim_buffer(&self, key: Key) {
        self.with(key, |record| {
            record.connection.reclaim_buffer(&mut self.spare.borrow_mut());
        });
    }

    /// The end of a tick or of a batch: everything that was sent goes out. The connections it was sent on, in a
    /// list to be given back.
    pub(crate) fn flush_dirty(&self) -> Vec<Key> {
        let dirty = self.dirty.take();
        if dirty.is_empty() {
            return dirty;
        }
        let now = clock::coarse();
        let mut connections = self.connections.borrow_mut();
        for key in &dirty {
            if let Some(record) = connections.get_mut(*key) {
                record.flush_tick(now);
                record.connection.reclaim_buffer(&mut self.spare.borrow_mut());
                record.arm();
            }
        }
        dirty
    }

    /// Takes a list back for the next tick.
    pub(crate) fn reclaim_list(&self, mut list: Vec<Key>) {
        let mut dirty = self.dirty.borrow_mut();
        if dirty.capacity() == 0 {
            list.clear();
            *dirty = list;
        }
    }
}
