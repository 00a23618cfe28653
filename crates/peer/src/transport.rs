//! The stream of one connection, plain or TLS, with staged writes.
//!
//! After each partial write, tungstenite moves all unsent bytes to the front of its buffer, which is quadratic for
//! a message of many megabytes. `Transport` therefore accepts every write in full and keeps the bytes that the
//! kernel did not accept in a staging buffer with a cursor.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::server::TlsStream;

/// The capacity of the staging buffer that a connection keeps. Without a limit each of 10 000 connections would keep
/// the memory of its largest message.
const KEPT_STAGING: usize = 64 * 1024;
/// How long to wait for the client's FIN after the server's.
const LINGER: Duration = Duration::from_secs(5);

enum Stream {
    Plain(TcpStream),
    // Boxed: about forty times as large as the other variant.
    Tls(Box<TlsStream<TcpStream>>),
}

/// The traits that both variants implement.
trait Duplex: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Duplex for T {}

impl Stream {
    fn duplex(&mut self) -> Pin<&mut dyn Duplex> {
        match self {
            Self::Plain(stream) => Pin::new(stream),
            Self::Tls(stream) => Pin::new(stream.as_mut()),
        }
    }
}

/// A plain or TLS stream with staged writes.
pub(crate) struct Transport {
    stream: Stream,
    staged: Vec<u8>,
    sent: usize,
}

impl Transport {
    pub(crate) fn plain(stream: TcpStream) -> Self {
        Self::new(Stream::Plain(stream))
    }

    pub(crate) fn tls(stream: TlsStream<TcpStream>) -> Self {
        Self::new(Stream::Tls(Box::new(stream)))
    }

    fn new(stream: Stream) -> Self {
        Self {
            stream,
            staged: Vec::new(),
            sent: 0,
        }
    }

    /// Returns the TCP socket.
    pub(crate) fn tcp(&self) -> &TcpStream {
        match &self.stream {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream.get_ref().0,
        }
    }

    /// Sends everything and FIN, then waits for the client's FIN.
    pub(crate) async fn finish(mut self) {
        // Closing with unread input would make the kernel send RST, which can discard bytes still in transit.
        let _ = timeout(LINGER, async {
            self.shutdown().await?;
            discard(&mut self).await
        })
        .await;
    }

    /// Sends FIN without TLS' `close_notify`, then waits for the client's FIN.
    pub(crate) async fn cut(mut self) {
        let _ = SockRef::from(self.tcp()).shutdown(std::net::Shutdown::Write);
        let _ = timeout(LINGER, discard(&mut self)).await;
    }

    /// Closes the TCP connection with RST.
    pub(crate) fn reset(self) {
        let _ = self.tcp().set_zero_linger();
    }

    /// Sends what the kernel accepts and stages the rest for the next flush. Never waits.
    pub(crate) fn push(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> io::Result<()> {
        let written = match self.poll_drain(cx)? {
            Poll::Ready(()) => self.stream.duplex().poll_write(cx, bytes)?,
            Poll::Pending => Poll::Pending,
        };
        let written = match written {
            Poll::Ready(written) => written,
            Poll::Pending => 0,
        };
        self.staged
            .extend_from_slice(bytes.get(written..).unwrap_or_default());
        Ok(())
    }

    /// Writes the staged bytes.
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.staged.get(self.sent..).filter(|rest| !rest.is_empty()) {
            let written = ready!(self.stream.duplex().poll_write(cx, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent += written;
        }
        self.sent = 0;
        self.staged.clear();
        self.staged.shrink_to(KEPT_STAGING);
        Poll::Ready(Ok(()))
    }
}

/// Reads to the end of the stream and drops the bytes.
pub(crate) async fn discard<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

impl AsyncRead for Transport {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream.duplex().poll_read(cx, buf)
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_drain(cx))?;
        let written = ready!(this.stream.duplex().poll_write(cx, buf))?;
        if let Some(rest) = buf.get(written..) {
            this.staged.extend_from_slice(rest);
        }
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_drain(cx))?;
        this.stream.duplex().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_drain(cx))?;
        this.stream.duplex().poll_shutdown(cx)
    }
}
