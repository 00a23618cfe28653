//! The stream of one connection, plain or TLS, with staged writes, and with its frames translated if they are compressed.
//!
//! After each partial write, tungstenite moves all unsent bytes to the front of its buffer, which is quadratic for
//! a message of many megabytes. `Transport` therefore accepts every write in full and keeps the bytes that the
//! kernel did not accept in a staging buffer with a cursor.

use std::{
    io, mem,
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

use crate::deflate::Recoder;

/// The capacity of the staging buffer that a connection keeps. Without a limit each of 10 000 connections would keep
/// the memory of its largest message.
const KEPT_STAGING: usize = 64 * 1024;
/// The most bytes of one read that are translated.
const RECODED_READ: usize = 16 * 1024;
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
    recoded: Option<Box<Recoded>>,
}

/// The translation of a compressed connection.
struct Recoded {
    recoder: Recoder,
    /// Bytes to translate before those of the stream.
    received: Vec<u8>,
    /// Translated bytes, of which `taken` have been read.
    plain: Vec<u8>,
    taken: usize,
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
            recoded: None,
        }
    }

    /// Translates all frames from now on, beginning with those of `received`, which was read already.
    pub(crate) fn recode(&mut self, recoder: Recoder, received: Vec<u8>) {
        self.recoded = Some(Box::new(Recoded {
            recoder,
            received,
            plain: Vec::new(),
            taken: 0,
        }));
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
        if let Some(recoded) = &mut self.recoded {
            recoded.recoder.send(bytes, &mut self.staged)?;
            let _ = self.poll_drain(cx)?;
            return Ok(());
        }
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
        let this = self.get_mut();
        match &mut this.recoded {
            None => this.stream.duplex().poll_read(cx, buf),
            Some(recoded) => recoded.poll_read(this.stream.duplex(), cx, buf),
        }
    }
}

impl Recoded {
    fn poll_read(
        &mut self,
        mut stream: Pin<&mut dyn Duplex>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let plain = self.plain.get(self.taken..).unwrap_or_default();
            if !plain.is_empty() {
                let size = plain.len().min(buf.remaining());
                buf.put_slice(plain.get(..size).unwrap_or_default());
                self.taken += size;
                return Poll::Ready(Ok(()));
            }
            self.plain.clear();
            self.plain.shrink_to(KEPT_STAGING);
            self.taken = 0;
            if !self.received.is_empty() {
                self.recoder
                    .receive(&mut mem::take(&mut self.received), &mut self.plain)?;
                continue;
            }
            let mut bytes = [0; RECODED_READ];
            let mut read = ReadBuf::new(&mut bytes);
            ready!(stream.as_mut().poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.recoder.receive(read.filled_mut(), &mut self.plain)?;
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_drain(cx))?;
        if let Some(recoded) = &mut this.recoded {
            recoded.recoder.send(buf, &mut this.staged)?;
            let _ = this.poll_drain(cx)?;
            return Poll::Ready(Ok(buf.len()));
        }
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
