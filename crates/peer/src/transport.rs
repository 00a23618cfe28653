//! The socket of one connection, plain or TLS, as one type.
//!
//! Also keeps a short write short: tungstenite moves all unsent bytes to the front of its buffer after each
//! partial write, which for a message of many megabytes is quadratic. So what the kernel did not take is staged
//! here, once, behind a cursor.

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

/// Staging space above this is given back, or ten thousand connections would each keep their largest message.
const KEPT_STAGING: usize = 64 * 1024;
/// How long a client may take to close its side after ours.
const LINGER: Duration = Duration::from_secs(5);

enum Stream {
    Plain(TcpStream),
    // Boxed, as it is some forty times the size of the other.
    Tls(Box<TlsStream<TcpStream>>),
}

/// What both kinds are.
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

/// A plain or TLS connection with the writes staged.
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

    /// The TCP socket below.
    pub(crate) fn tcp(&self) -> &TcpStream {
        match &self.stream {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream.get_ref().0,
        }
    }

    /// Ends the connection in good order: everything sent, FIN, then wait for the client's.
    pub(crate) async fn finish(mut self) {
        // A close with unread input would make the kernel send RST, which can overtake our last bytes.
        let _ = timeout(LINGER, async {
            self.shutdown().await?;
            discard(&mut self).await
        })
        .await;
    }

    /// Ends the TCP connection with FIN but says no goodbye in TLS or WebSocket.
    pub(crate) async fn cut(mut self) {
        let _ = SockRef::from(self.tcp()).shutdown(std::net::Shutdown::Write);
        let _ = timeout(LINGER, discard(&mut self)).await;
    }

    /// Ends the TCP connection with RST.
    pub(crate) fn reset(self) {
        let _ = self.tcp().set_zero_linger();
    }

    /// Sends what the kernel takes and keeps the rest for the next flush: never waits.
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

/// Reads and drops until the end.
pub(crate) async fn discard<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<()> {
    let mut scrap = vec![0; 16 * 1024];
    while stream.read(&mut scrap).await? > 0 {}
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
