//! The socket as Tokio's byte stream: for the handshakes, and under TLS for good.

use super::{Carrier, Socket};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.get_mut().read_carrier(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    /// One system call for all the TLS records there are.
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let socket = self.get_mut();
        match &mut socket.carrier {
            Carrier::Tcp(stream) => return Pin::new(stream).poll_write_vectored(cx, parts),
            #[cfg(unix)]
            Carrier::Unix(stream) => return Pin::new(stream).poll_write_vectored(cx, parts),
            Carrier::Plain(_) | Carrier::Gone => {}
        }
        socket.write_all(parts);
        Poll::Ready(Ok(parts.iter().map(|part| part.len()).sum()))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        match &mut socket.carrier {
            Carrier::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            #[cfg(unix)]
            Carrier::Unix(stream) => Pin::new(stream).poll_flush(cx),
            Carrier::Plain(_) | Carrier::Gone => socket.write_unsent().map(Ok),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        match &mut socket.carrier {
            Carrier::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            #[cfg(unix)]
            Carrier::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
            Carrier::Plain(_) => {
                ready!(socket.write_unsent());
                Poll::Ready(socket.shut_down_writing())
            }
            Carrier::Gone => Poll::Ready(Ok(())),
        }
    }
}
