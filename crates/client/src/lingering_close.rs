//! The end of a connection that failed: the peer is told why, and what it still sends is read.
//!
//! A socket that is closed with unread bytes is reset by the kernel, and a reset discards what the peer has not read
//! yet: the close frame. So the rest is written, the writing side shut down (over TLS after a `close_notify`), and
//! what comes is dropped until the peer closes its side, within bounds. That is Tokio's work, since no driver waits
//! for it.

use crate::transport::Stream;
use bytes::{Buf, BytesMut};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout;

/// How long the peer has to read what is left and to close its side.
pub const LINGER_TIMEOUT: Duration = Duration::from_secs(1);

/// Bytes that are read and dropped at the most.
const MAX_DISCARDED: usize = 256 * 1024 * 1024;

/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;

/// What is left of a failed connection.
#[derive(Debug)]
pub struct LingeringClose {
    stream: Stream,
    /// TLS records that the kernel has not taken.
    records: BytesMut,
    /// What is encoded and not written, the close frame last.
    frames: BytesMut,
    /// Bytes that may still be dropped.
    budget: usize,
    chunk: Vec<u8>,
}

impl LingeringClose {
    pub(crate) fn new(stream: Stream, unsent: &[u8]) -> Self {
        Self {
            stream,
            records: BytesMut::new(),
            frames: unsent.into(),
            budget: MAX_DISCARDED,
            chunk: Vec::new(),
        }
    }

    /// Ends the connection. Has to run on Tokio.
    pub async fn finish(mut self) {
        let Ok(records) = self.stream.socket_mut().release() else {
            return;
        };
        self.records = records;
        self.chunk = vec![0; CHUNK];
        // A peer that does not close its side in time has been told as far as that is possible.
        let _ = timeout(LINGER_TIMEOUT, poll_fn(|cx| self.poll_end(cx))).await;
    }

    /// Reads and writes at once: a peer may read only once what it sends is read.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let read = self.poll_drop(cx);
        if let Poll::Ready(Err(error)) = read {
            return Poll::Ready(Err(error));
        }
        ready!(self.poll_send(cx))?;
        read
    }

    /// Drops what the peer sends, up to the end. What is encrypted need not be decrypted for that.
    fn poll_drop(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.budget > 0 {
            let mut buf = ReadBuf::new(&mut self.chunk);
            ready!(Pin::new(self.stream.socket_mut()).poll_read(cx, &mut buf))?;
            let count = buf.filled().len();
            if count == 0 {
                break;
            }
            self.budget = self.budget.saturating_sub(count);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.records.is_empty() {
            let count = ready!(Pin::new(self.stream.socket_mut()).poll_write(cx, &self.records))?;
            self.records.advance(count);
        }
        while !self.frames.is_empty() {
            let count = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.frames))?;
            self.frames.advance(count);
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
