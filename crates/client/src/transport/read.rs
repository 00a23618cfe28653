//! Reading from a socket within the limits of a turn.
//!
//! A plain connection reads into memory of its caller. Under TLS, records are read through a scratch buffer that the
//! driver lends for the duration of a batch.

use super::carrier::Carrier;
use crate::stats::Stats;
use bytes::BytesMut;
use std::io;
use std::ops::Range;
use std::task::{Poll, ready};
use tokio::io::ReadBuf;

/// Size of the scratch buffer, and so the most that one read takes from the kernel under TLS.
const SCRATCH_SIZE: usize = 256 * 1024;

/// Most bytes that one turn reads, so that a peer that never stops sending cannot keep the turn from ending.
const TURN_BYTES: usize = 4 * SCRATCH_SIZE;

/// Bytes that a turn may read however many connections share an iteration of the loop.
const MIN_TURN_BYTES: usize = 64 * 1024;

/// The receiving half of a socket's state.
#[derive(Debug, Default)]
pub(super) struct SocketReader {
    /// The lent buffer for TLS records; empty outside of a batch.
    scratch: Vec<u8>,
    /// The part of the scratch buffer that has been read from the kernel and not yet by TLS.
    unread: Range<usize>,
    /// Records that were unread when the last scratch buffer was returned.
    leftover: BytesMut,
    /// A read may find something: the last one filled its buffer, or the driver saw readiness.
    readable: bool,
    /// Bytes that this turn may still read.
    budget: usize,
    /// The peer has ended its side.
    ended: bool,
    /// An error to return once everything before it has been read.
    error: Option<io::Error>,
}

impl SocketReader {
    /// Begins a turn, assuming that the socket is readable. The turn's share of bytes is smaller if several connections
    /// share an iteration of the loop.
    pub(super) fn begin_turn(&mut self, sharers: usize) {
        self.readable = true;
        self.budget = (TURN_BYTES / sharers.max(1)).max(MIN_TURN_BYTES);
    }

    /// Returns the state of the same socket before its first turn.
    pub(super) fn renew(&self) -> Self {
        Self {
            readable: self.readable,
            ..Self::default()
        }
    }

    /// Whether a read may find something.
    pub(super) fn is_readable(&self) -> bool {
        self.readable
    }

    /// Allows another read in this turn: more bytes may have arrived since the kernel had none.
    pub(super) fn resume(&mut self) {
        self.readable = true;
    }

    /// Whether the turn stopped at its limit of bytes, with more to read.
    pub(super) fn is_cut_short(&self) -> bool {
        self.readable && self.budget == 0
    }

    /// Lends a buffer for TLS records.
    pub(super) fn lend(&mut self, mut scratch: Vec<u8>) {
        scratch.resize(SCRATCH_SIZE, 0);
        self.scratch = scratch;
        self.unread = 0..0;
    }

    /// Returns the scratch buffer, and keeps a copy of what is unread in it.
    pub(super) fn reclaim(&mut self) -> Vec<u8> {
        let unread = self.scratch.get(self.unread.clone()).unwrap_or_default();
        self.leftover.extend_from_slice(unread);
        self.unread = 0..0;
        std::mem::take(&mut self.scratch)
    }

    /// Keeps an error for the next read.
    pub(super) fn put_back(&mut self, error: io::Error) {
        self.error = Some(error);
    }

    /// Whether every further read returns the end of the stream.
    pub(super) fn is_at_end(&self) -> bool {
        self.ended && self.error.is_none()
    }

    /// Reads TLS records: from the leftover, then from the scratch buffer, then from the kernel, once.
    pub(super) fn poll_records(
        &mut self,
        carrier: &mut Carrier,
        stats: &mut Stats,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.leftover.is_empty() {
            let count = buf.remaining().min(self.leftover.len());
            buf.put_slice(&self.leftover.split_to(count));
            if self.leftover.is_empty() {
                self.leftover = BytesMut::new();
            }
            return Poll::Ready(Ok(()));
        }
        if self.unread.is_empty() {
            ready!(self.fill_scratch(carrier, stats))?;
        }
        let unread = self.scratch.get(self.unread.clone()).unwrap_or_default();
        let count = buf.remaining().min(unread.len());
        buf.put_slice(unread.get(..count).unwrap_or_default());
        self.unread.start += count;
        Poll::Ready(Ok(()))
    }

    fn fill_scratch(&mut self, carrier: &mut Carrier, stats: &mut Stats) -> Poll<io::Result<()>> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let room = scratch.len();
        let read = self.poll_recv(carrier, stats, |carrier| carrier.read(&mut scratch), room);
        self.scratch = scratch;
        self.unread = 0..ready!(read)?;
        Poll::Ready(Ok(()))
    }

    /// Reads once into `buf`; 0 at the end of the stream.
    pub(super) fn poll_into(
        &mut self,
        carrier: &mut Carrier,
        stats: &mut Stats,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let room = buf.len();
        self.poll_recv(carrier, stats, |carrier| carrier.read(buf), room)
    }

    /// Reads once into the spare capacity of `buf`.
    pub(super) fn poll_append(
        &mut self,
        carrier: &mut Carrier,
        stats: &mut Stats,
        buf: &mut Vec<u8>,
    ) -> Poll<io::Result<usize>> {
        let room = buf.capacity() - buf.len();
        self.poll_recv(carrier, stats, |carrier| carrier.append(buf), room)
    }

    /// Calls `receive`, which can take `room` bytes, unless the kernel is known to have nothing or the budget is used
    /// up.
    fn poll_recv(
        &mut self,
        carrier: &mut Carrier,
        stats: &mut Stats,
        mut receive: impl FnMut(&mut Carrier) -> io::Result<usize>,
        room: usize,
    ) -> Poll<io::Result<usize>> {
        if !carrier.is_driven() {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        }
        if let Some(error) = self.error.take() {
            return Poll::Ready(Err(error));
        }
        if self.ended {
            return Poll::Ready(Ok(0));
        }
        while self.readable && self.budget > 0 && room > 0 {
            match receive(carrier) {
                Ok(count) => {
                    self.ended = count == 0;
                    // A short read empties the kernel's buffer; the driver reports new readiness.
                    self.readable = count == room;
                    self.budget = self.budget.saturating_sub(count);
                    stats.bytes_received += count as u64;
                    stats.reads += 1;
                    return Poll::Ready(Ok(count));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.readable = false,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Pending
    }
}
