//! The lingering close of a failed connection, during which the peer can read the close frame.
//!
//! The kernel resets a connection whose socket is closed with unread bytes, and a reset discards what the peer has not
//! read yet: the close frame. Therefore the rest is written, the writing side is shut down (under TLS after a
//! `close_notify`), and what arrives is dropped until the peer closes its side or a limit is reached. This runs on
//! Tokio, because no driver waits for it.

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

/// Most bytes that are read and dropped.
const MAX_DISCARDED: usize = 256 * 1024 * 1024;

/// Size of one read.
const CHUNK: usize = 64 * 1024;

/// What is left of a failed connection.
#[derive(Debug)]
pub struct LingeringClose {
    stream: Stream,
    /// TLS records that the kernel has not accepted.
    records: BytesMut,
    /// Encoded frames that are not written, the close frame last.
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

    /// Closes the connection. Must run on Tokio.
    pub async fn finish(mut self) {
        let Ok(records) = self.stream.socket_mut().release() else {
            return;
        };
        self.records = records;
        self.chunk = vec![0; CHUNK];
        // The peer has had its time to read the close frame.
        let _ = timeout(LINGER_TIMEOUT, poll_fn(|cx| self.poll_end(cx))).await;
    }

    /// Reads and writes at the same time, because a peer may not read before what it sends is read.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let read = self.poll_drop(cx);
        if let Poll::Ready(Err(error)) = read {
            return Poll::Ready(Err(error));
        }
        ready!(self.poll_send(cx))?;
        read
    }

    /// Drops what the peer sends, without decrypting it.
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
