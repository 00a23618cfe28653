//! Writing to a socket, and the queue of TLS records that the kernel has not accepted.
//!
//! A failed write is kept rather than returned, because what the peer sent before it closed the connection, above all
//! its close frame, has yet to be read.

use super::carrier::Carrier;
use crate::stats::Stats;
use bytes::{Buf, BytesMut};
use std::io::{self, IoSlice};
use std::task::{Poll, ready};

/// Capacity above which the queue's memory is freed once the queue is empty.
const MAX_KEPT_CAPACITY: usize = 16 * 1024;

/// The sending half of a socket's state.
#[derive(Debug, Default)]
pub(super) struct SocketWriter {
    unsent: BytesMut,
    error: Option<io::Error>,
    failed: bool,
}

impl SocketWriter {
    /// Bytes that are queued.
    pub(super) fn unsent(&self) -> usize {
        self.unsent.len()
    }

    /// Takes the queue away.
    pub(super) fn take_unsent(&mut self) -> BytesMut {
        std::mem::take(&mut self.unsent)
    }

    /// Whether a write has failed, after which nothing more is sent.
    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Returns the error of a failed write, once.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// Drops the queue, and sends nothing more because of `error`.
    pub(super) fn fail(&mut self, error: io::Error) {
        self.unsent = BytesMut::new();
        self.failed = true;
        self.error = Some(error);
    }

    /// Writes the queue. Returns `Ready` if it is empty.
    pub(super) fn write_unsent(&mut self, carrier: &mut Carrier, stats: &mut Stats) -> Poll<()> {
        while !self.unsent.is_empty() {
            match ready!(carrier.write(&self.unsent)) {
                Ok(count) => {
                    count_write(stats, count);
                    self.unsent.advance(count);
                }
                Err(error) => self.fail(error),
            }
        }
        if self.unsent.capacity() > MAX_KEPT_CAPACITY {
            self.unsent = BytesMut::new();
        }
        Poll::Ready(())
    }

    /// Writes what the kernel accepts at once and queues the rest.
    pub(super) fn write_all(&mut self, carrier: &mut Carrier, stats: &mut Stats, parts: &[IoSlice<'_>]) {
        if self.failed {
            return;
        }
        let mut taken = 0;
        if self.unsent.is_empty() {
            match carrier.write_vectored(parts) {
                Poll::Ready(Ok(count)) => {
                    taken = count;
                    count_write(stats, count);
                }
                Poll::Ready(Err(error)) => return self.fail(error),
                Poll::Pending => {}
            }
        }
        for part in parts {
            self.unsent
                .extend_from_slice(part.get(taken..).unwrap_or_default());
            taken = taken.saturating_sub(part.len());
        }
    }
}

/// Writes `bytes` once, past the queue. Returns `Pending` if the kernel accepts nothing.
pub(super) fn write(carrier: &mut Carrier, stats: &mut Stats, bytes: &[u8]) -> Poll<io::Result<usize>> {
    let written = carrier.write(bytes);
    if let Poll::Ready(Ok(count)) = written {
        count_write(stats, count);
    }
    written
}

fn count_write(stats: &mut Stats, count: usize) {
    stats.bytes_sent += count as u64;
    stats.writes += 1;
}
