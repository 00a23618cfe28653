//! A check of the first byte of a response, which shows whether a proxy speaks SOCKS.
//!
//! Responses of SOCKS have a fixed length, so without this check a shorter response of another protocol would wait for
//! the deadline.

use crate::transport::Stream;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use websocket_rs_protocol::response::Beginning;

/// Most bytes of another protocol that are read for the error.
const SHOWN: usize = 128;

/// The proxy speaks another protocol.
#[derive(Debug, thiserror::Error)]
#[error("response is not SOCKS: it begins with {0}")]
pub(super) struct NotSocks(Beginning);

/// A stream whose first received byte must have a given value.
pub(super) struct FirstByteChecked<'a> {
    stream: &'a mut Stream,
    expected: Option<u8>,
}

impl<'a> FirstByteChecked<'a> {
    pub(super) fn new(stream: &'a mut Stream, first: u8) -> Self {
        Self {
            stream,
            expected: Some(first),
        }
    }

    /// Returns the error for a wrong first byte, with the bytes that have arrived.
    fn refuse(&mut self, read: &[u8], cx: &mut Context<'_>) -> io::Error {
        let mut shown = read.to_vec();
        let mut memory = [0; SHOWN];
        let mut more = ReadBuf::new(&mut memory);
        if let Poll::Ready(Ok(())) = Pin::new(&mut *self.stream).poll_read(cx, &mut more) {
            shown.extend_from_slice(more.filled());
        }
        io::Error::other(NotSocks(Beginning::of(&shown)))
    }
}

impl AsyncRead for FirstByteChecked<'_> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut *this.stream).poll_read(cx, buf))?;
        let read = buf.filled().get(before..).unwrap_or_default();
        match (read.first(), this.expected) {
            (Some(first), Some(expected)) if *first != expected => Poll::Ready(Err(this.refuse(read, cx))),
            (Some(_), _) => {
                this.expected = None;
                Poll::Ready(Ok(()))
            }
            (None, _) => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for FirstByteChecked<'_> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().stream).poll_shutdown(cx)
    }
}
