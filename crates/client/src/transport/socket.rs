//! A TCP or Unix socket, from the first connection attempt until it is closed.

use super::carrier::Carrier;
use super::read::SocketReader;
use super::relay::{Relay, RelayStream};
use super::write::{self, SocketWriter};
use crate::stats::Stats;
use bytes::BytesMut;
use socket2::TcpKeepalive;
use std::io::{self, IoSlice};
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

/// A socket, which belongs to Tokio first and then to a driver.
#[derive(Debug)]
pub(crate) struct Socket {
    carrier: Carrier,
    reader: SocketReader,
    writer: SocketWriter,
    pub(crate) stats: Stats,
}

impl Socket {
    pub(crate) fn tcp(stream: TcpStream) -> Self {
        Self::new(Carrier::Tcp(stream))
    }

    #[cfg(unix)]
    pub(crate) fn unix(stream: UnixStream) -> Self {
        Self::new(Carrier::Unix(stream))
    }

    /// Wraps a stream that the caller carries.
    pub(crate) fn relayed(stream: RelayStream) -> Self {
        Self::new(Carrier::Relayed(stream))
    }

    /// Wraps a non-blocking socket that Tokio has never polled.
    pub(crate) fn open(socket: socket2::Socket) -> Self {
        Self::new(Carrier::Plain(socket))
    }

    /// Returns a closed socket with the counters of an open one.
    pub(crate) fn closed(stats: Stats) -> Self {
        Self {
            stats,
            ..Self::new(Carrier::Closed)
        }
    }

    fn new(carrier: Carrier) -> Self {
        Self {
            carrier,
            reader: SocketReader::default(),
            writer: SocketWriter::default(),
            stats: Stats::default(),
        }
    }

    /// Forgets what the opening handshake has read and written.
    pub(crate) fn forget_handshake(&mut self) {
        self.reader = self.reader.renew();
        self.stats = Stats::default();
    }

    /// Takes the socket off Tokio, so that a driver can poll it.
    pub(crate) fn adopt(&mut self) -> io::Result<()> {
        self.carrier.adopt()
    }

    /// Gives the socket back to Tokio, on whose thread this must run. Returns TLS records that have to be written
    /// first.
    pub(crate) fn release(&mut self) -> io::Result<BytesMut> {
        self.carrier.release()?;
        Ok(self.writer.take_unsent())
    }

    /// Returns the socket that a driver polls, or `None` if it is closed.
    pub(crate) fn stream(&self) -> Option<&socket2::Socket> {
        match &self.carrier {
            Carrier::Plain(socket) => Some(socket),
            _ => None,
        }
    }

    /// Returns the local and the remote address of an adopted socket, or `None` for a Unix socket. The system is not asked for
    /// a `remote` address that is known.
    pub(crate) fn addresses(&self, remote: Option<SocketAddr>) -> Option<(SocketAddr, SocketAddr)> {
        if let Some(stream) = self.carrier.relayed() {
            return stream.addresses();
        }
        let socket = self.stream()?;
        let local = socket.local_addr().ok()?.as_socket();
        local.zip(remote.or_else(|| socket.peer_addr().ok()?.as_socket()))
    }

    /// Returns the caller's end of the stream that it carries, if it does.
    pub(crate) fn relay(&self) -> Option<&Relay> {
        self.carrier.relayed().map(RelayStream::relay)
    }

    /// Has the caller read the stream that it carries.
    pub(crate) fn begin_reading(&self) {
        if let Some(stream) = self.carrier.relayed() {
            stream.begin_reading();
        }
    }

    /// Whether the caller has read bytes that the connection has not taken.
    pub(crate) fn has_relayed(&self) -> bool {
        self.carrier.relayed().is_some_and(RelayStream::has_received)
    }

    /// Sets whether the stream that the caller carries keeps the process alive.
    pub(crate) fn set_referenced(&self, referenced: bool) {
        if let Some(stream) = self.carrier.relayed() {
            stream.set_referenced(referenced);
        }
    }

    /// Bytes that the caller has not written to the stream that it carries.
    #[inline]
    pub(crate) fn unrelayed(&self) -> usize {
        self.carrier.relayed().map_or(0, RelayStream::unsent)
    }

    /// Whether the caller may write more to the stream that it carries before the running call returns.
    pub(crate) fn is_relaying(&self) -> bool {
        self.carrier
            .relayed()
            .is_some_and(|stream| stream.unwritten() > 0)
    }

    /// Sets whether the kernel probes an idle TCP connection, and after which time; `None` leaves that as it is.
    pub(crate) fn set_keepalive(&self, enabled: bool, delay: Option<Duration>) -> io::Result<()> {
        let Some(socket) = self.stream() else {
            return Ok(());
        };
        match delay.filter(|_| enabled) {
            // Sets both.
            Some(delay) => socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(delay)),
            None => socket.set_keepalive(enabled),
        }
    }

    /// Closes the socket at once and drops unsent bytes.
    pub(crate) fn close(&mut self) {
        if let Some(stream) = self.carrier.relayed() {
            stream.abort();
        }
        self.carrier = Carrier::Closed;
        self.writer.take_unsent();
    }

    /// Begins a turn; see [`SocketReader::begin_turn`].
    pub(crate) fn begin_turn(&mut self, sharers: usize) {
        self.reader.begin_turn(sharers);
    }

    /// Whether a read may find something.
    pub(crate) fn is_readable(&self) -> bool {
        self.reader.is_readable()
    }

    /// Allows another read in this turn.
    pub(crate) fn resume(&mut self) {
        self.reader.resume();
    }

    /// Whether the turn stopped at its limit of bytes, with more to read.
    pub(crate) fn is_cut_short(&self) -> bool {
        self.reader.is_cut_short()
    }

    /// Lends a buffer for TLS records.
    pub(crate) fn lend(&mut self, scratch: Vec<u8>) {
        self.reader.lend(scratch);
    }

    /// Returns the lent buffer.
    pub(crate) fn reclaim(&mut self) -> Vec<u8> {
        self.reader.reclaim()
    }

    /// Keeps an error for the next read.
    pub(crate) fn put_back(&mut self, error: io::Error) {
        self.reader.put_back(error);
    }

    /// Reads once into `buf`, within the turn's limit of bytes; 0 at the end of the stream.
    pub(crate) fn poll_into(&mut self, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        self.reader.poll_into(&mut self.carrier, &mut self.stats, buf)
    }

    /// Reads once into the spare capacity of `buf`, within the turn's limit of bytes.
    pub(crate) fn poll_append(&mut self, buf: &mut Vec<u8>) -> Poll<io::Result<usize>> {
        self.reader.poll_append(&mut self.carrier, &mut self.stats, buf)
    }

    /// Reads as Tokio's traits do: the handshakes' bytes, and TLS records.
    pub(super) fn poll_read_buf(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.carrier {
            Carrier::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            #[cfg(unix)]
            Carrier::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
            Carrier::Relayed(stream) => stream.poll_read(cx, buf),
            Carrier::Plain(_) if self.reader.is_at_end() => Poll::Ready(Ok(())),
            Carrier::Plain(_) => self.reader.poll_records(&mut self.carrier, &mut self.stats, buf),
            Carrier::Closed => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    /// Bytes that are queued.
    #[inline]
    pub(crate) fn unsent(&self) -> usize {
        self.writer.unsent() + self.unrelayed()
    }

    /// Whether a write has failed, after which nothing more is sent.
    pub(crate) fn write_failed(&self) -> bool {
        self.writer.has_failed()
    }

    /// Returns the error of a failed write, once.
    pub(crate) fn take_write_error(&mut self) -> Option<io::Error> {
        self.writer.take_error()
    }

    /// Sends nothing more because of `error`.
    pub(crate) fn fail_writes(&mut self, error: io::Error) {
        self.writer.fail(error);
    }

    /// Writes the queue. Returns `Ready` if it is empty.
    pub(crate) fn write_unsent(&mut self) -> Poll<()> {
        self.writer.write_unsent(&mut self.carrier, &mut self.stats)
    }

    /// Writes `bytes` once. Returns `Pending` if the kernel accepts nothing.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        write::write(&mut self.carrier, &mut self.stats, bytes)
    }

    /// Writes as Tokio's traits do. A driver's socket accepts everything and queues what the kernel does not.
    pub(super) fn poll_write_parts(
        &mut self,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.carrier {
            Carrier::Tcp(stream) => return Pin::new(stream).poll_write_vectored(cx, parts),
            #[cfg(unix)]
            Carrier::Unix(stream) => return Pin::new(stream).poll_write_vectored(cx, parts),
            Carrier::Relayed(stream) => {
                let part = parts.iter().find(|part| !part.is_empty());
                return stream.poll_write(cx, part.map_or(&[], |part| part));
            }
            Carrier::Plain(_) | Carrier::Closed => {}
        }
        self.writer.write_all(&mut self.carrier, &mut self.stats, parts);
        Poll::Ready(Ok(parts.iter().map(|part| part.len()).sum()))
    }

    pub(super) fn poll_flush_queue(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.carrier {
            Carrier::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            #[cfg(unix)]
            Carrier::Unix(stream) => Pin::new(stream).poll_flush(cx),
            Carrier::Relayed(_) => Poll::Ready(Ok(())),
            Carrier::Plain(_) | Carrier::Closed => self.write_unsent().map(Ok),
        }
    }

    /// Sends FIN once the queue is empty.
    pub(super) fn poll_shutdown_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.carrier {
            Carrier::Tcp(stream) => return Pin::new(stream).poll_shutdown(cx),
            #[cfg(unix)]
            Carrier::Unix(stream) => return Pin::new(stream).poll_shutdown(cx),
            Carrier::Closed => return Poll::Ready(Ok(())),
            Carrier::Plain(_) | Carrier::Relayed(_) => {}
        }
        ready!(self.write_unsent());
        Poll::Ready(match &self.carrier {
            Carrier::Plain(socket) => socket.shutdown(Shutdown::Write),
            Carrier::Relayed(stream) => {
                stream.shut_down();
                Ok(())
            }
            _ => Ok(()),
        })
    }
}
