//! Messages out: when they are written, and the frame buffer that connections share.

use super::state::Environment;
use crate::slots::Key;
use crate::system::clock;
use bytes::Bytes;
use websocket_rs_client::{Connection, Error, ErrorKind, FrameOptions, Kind};

/// The result of a send.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sent {
    /// The message is accepted. The number is that of unsent bytes.
    Accepted(usize),
    /// Nothing was sent: the connection is not open.
    Gone,
    /// Nothing was sent: the blocking driver has to read the socket first.
    TurnDue,
    /// Nothing was sent: the frame is not the next one of a message.
    OutOfOrder,
}

impl Environment {
    /// Sends a message, which is written now or at the end of the tick.
    pub(crate) fn send(&self, key: Key, kind: Kind, payload: &[u8]) -> Sent {
        self.encode(key, |connection| connection.send(kind, payload))
    }

    /// Sends a frame of a message, which is written now or at the end of the tick.
    pub(crate) fn send_frame(&self, key: Key, kind: Kind, payload: &[u8], options: FrameOptions) -> Sent {
        self.encode(key, |connection| connection.send_frame(kind, payload, options))
    }

    /// Sends a ping, which is written now or at the end of the tick.
    pub(crate) fn ping(&self, key: Key, payload: &[u8]) -> Sent {
        self.encode(key, |connection| connection.ping(Bytes::copy_from_slice(payload)))
    }

    /// Sends a pong, which is written now or at the end of the tick.
    pub(crate) fn pong(&self, key: Key, payload: &[u8]) -> Sent {
        self.encode(key, |connection| connection.pong(Bytes::copy_from_slice(payload)))
    }

    /// Appends bytes to what is to be written, which happens now or at the end of the tick.
    pub(crate) fn send_raw(&self, key: Key, bytes: &[u8]) -> Sent {
        self.encode(key, |connection| connection.send_raw(bytes))
    }

    fn encode(&self, key: Key, encode: impl FnOnce(&mut Connection) -> Result<(), Error>) -> Sent {
        let batch = self.delivery.grouped_since.get();
        let mut records = self.connections.records.borrow_mut();
        let Some(record) = records.get_mut(key) else {
            return Sent::Gone;
        };
        let now = clock::coarse();
        if record.is_turn_due(now) {
            return Sent::TurnDue;
        }
        let mut spare = self.buffers.frames.borrow_mut();
        record.connection.lend_buffer(&mut spare);
        let encoded = encode(&mut record.connection);
        if encoded.is_ok() {
            record.flush_after_send(now, batch);
        }
        record.connection.reclaim_buffer(&mut spare);
        if let Err(error) = encoded {
            return match error.kind {
                ErrorKind::OutOfOrder => Sent::OutOfOrder,
                _ => Sent::Gone,
            };
        }
        if record.connection.is_compressing() {
            self.jobs.add(key, &mut record.has_job);
        }
        if record.handle.is_some() {
            if !record.is_unflushed {
                record.is_unflushed = true;
                self.connections.add_unflushed(key);
            }
            if record.is_paused {
                record.arm();
            }
        }
        Sent::Accepted(record.connection.buffered())
    }

    /// Writes everything that was sent in this tick or while a batch was handled. Returns the connections on which was
    /// sent, in a list for `Connections::reuse_list`.
    pub(super) fn flush_unflushed(&self) -> Vec<Key> {
        let unflushed = self.connections.take_unflushed();
        if unflushed.is_empty() {
            return unflushed;
        }
        let now = clock::coarse();
        let mut records = self.connections.records.borrow_mut();
        for key in &unflushed {
            if let Some(record) = records.get_mut(*key) {
                record.flush_tick(now);
                record
                    .connection
                    .reclaim_buffer(&mut self.buffers.frames.borrow_mut());
                record.arm();
            }
        }
        unflushed
    }
}
