//! The byte stream of a connection: the socket, or TLS over it.

use super::socket::Socket;
use super::tls_session::TlsSession;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio_rustls::client::TlsStream;

/// The byte stream that carries the handshake and then the frames.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // One for each connection, and most are plain.
pub(crate) enum Stream {
    Plain(Socket),
    /// TLS over the socket, or over TLS to a proxy.
    Tls(Box<TlsStream<Stream>>),
}

impl Stream {
    pub(crate) fn socket(&self) -> &Socket {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.get_ref().0.socket(),
        }
    }

    pub(crate) fn socket_mut(&mut self) -> &mut Socket {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.get_mut().0.socket_mut(),
        }
    }

    /// Returns the session of TLS with the server, or with the proxy if only that is reached by TLS; `None` without TLS.
    pub(crate) fn tls_session(&self) -> Option<TlsSession> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(stream) => Some(TlsSession::of(stream.get_ref().1)),
        }
    }

    /// Reads once into `free`; 0 at the end of the stream. Under TLS, reads all records that have arrived.
    pub(crate) fn poll_window(&mut self, free: &mut [u8]) -> Poll<io::Result<usize>> {
        let stream = match self {
            Self::Plain(socket) => return socket.poll_into(free),
            Self::Tls(stream) => stream,
        };
        let mut cx = Context::from_waker(Waker::noop());
        let mut buf = ReadBuf::new(free);
        while buf.remaining() > 0 {
            let before = buf.filled().len();
            match Pin::new(&mut *stream).poll_read(&mut cx, &mut buf) {
                Poll::Ready(Ok(())) if buf.filled().len() > before => {}
                // The next read returns the end again.
                Poll::Ready(Ok(())) | Poll::Pending if before > 0 => break,
                Poll::Ready(Err(error)) if before > 0 => {
                    stream.get_mut().0.socket_mut().put_back(error);
                    break;
                }
                Poll::Ready(ended) => return Poll::Ready(ended.map(|()| 0)),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(buf.filled().len()))
    }

    /// Whether [`Stream::poll_append`] can be used. TLS needs initialised memory to decrypt into.
    pub(crate) fn can_append(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// Reads once into the spare capacity of `buf`.
    pub(crate) fn poll_append(&mut self, buf: &mut Vec<u8>) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(socket) => socket.poll_append(buf),
            Self::Tls(_) => Poll::Pending,
        }
    }
}
