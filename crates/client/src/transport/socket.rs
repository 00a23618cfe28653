//! The carrier of bytes: a TCP or Unix socket that first belongs to Tokio and then to a driver.
//!
//! A plain connection reads and writes it directly. Under TLS it is the carrier of records: these are
//! read through a scratch buffer that the driver lends for the time it looks at this connection, and
//! what the kernel refuses of them is queued here. A failed write is kept aside rather than returned:
//! what the peer sent before it went away, its close frame above all, is still to be read.

mod async_io;

use crate::stats::Stats;
use bytes::{Buf, BytesMut};
use rustix::buffer::spare_capacity;
use rustix::net::{RecvFlags, recv};
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

/// Bytes of the buffers a driver lends: what one read takes from the kernel.
pub(crate) const SCRATCH_SIZE: usize = 256 * 1024;

/// Bytes a turn reads at the most, so that a peer that sends without end cannot keep it from ending.
const TURN_BYTES: usize = 4 * SCRATCH_SIZE;

/// Bytes a turn may read however many connections share an iteration of the loop.
const LEAST_TURN_BYTES: usize = 64 * 1024;

/// Queue capacity above which the memory is given back once the queue is empty.
const KEEP_CAPACITY: usize = 16 * 1024;

#[derive(Debug)]
enum Carrier {
    /// While connecting: Tokio polls it.
    Tcp(TcpStream),
    /// The same, over a Unix socket.
    #[cfg(unix)]
    Unix(UnixStream),
    /// While open: non-blocking, polled by a driver.
    Plain(socket2::Socket),
    /// Closed.
    Gone,
}

/// A socket with its read window and its write queue.
#[derive(Debug)]
pub(crate) struct Socket {
    carrier: Carrier,
    /// The lent buffer, for TLS records; empty when nobody lends one.
    scratch: Vec<u8>,
    /// What of the scratch is read but not yet taken.
    window: std::ops::Range<usize>,
    /// What was left of a scratch when it was taken back.
    leftover: BytesMut,
    /// A read may be tried: the last one filled all it was given, or the driver saw readiness.
    readable: bool,
    /// Bytes this turn may still read.
    budget: usize,
    ended: bool,
    /// An error to be met once what came before it has been taken.
    read_error: Option<io::Error>,
    unsent: BytesMut,
    write_error: Option<io::Error>,
    write_failed: bool,
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

    /// A socket that never was Tokio's. It has to be non-blocking.
    #[cfg(all(feature = "fuzzing", unix))]
    pub(crate) fn open(socket: socket2::Socket) -> Self {
        Self::new(Carrier::Plain(socket))
    }

    fn new(carrier: Carrier) -> Self {
        Self {
            carrier,
            scratch: Vec::new(),
            window: 0..0,
            leftover: BytesMut::new(),
            readable: false,
            budget: 0,
            ended: false,
            read_error: None,
            unsent: BytesMut::new(),
            write_error: None,
            write_failed: false,
            stats: Stats::default(),
        }
    }

    /// Takes the socket off Tokio; from here on a driver polls it.
    pub(crate) fn adopt(&mut self) -> io::Result<()> {
        self.carrier = match std::mem::replace(&mut self.carrier, Carrier::Gone) {
            Carrier::Tcp(stream) => Carrier::Plain(stream.into_std()?.into()),
            #[cfg(unix)]
            Carrier::Unix(stream) => Carrier::Plain(stream.into_std()?.into()),
            other => other,
        };
        Ok(())
    }

    /// Gives the socket back to Tokio, on whose thread this has to run. Returns TLS records that are to be written first.
    pub(crate) fn release(&mut self) -> io::Result<BytesMut> {
        let Carrier::Plain(socket) = std::mem::replace(&mut self.carrier, Carrier::Gone) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        self.carrier = if socket.local_addr()?.as_socket().is_some() {
            Carrier::Tcp(TcpStream::from_std(socket.into())?)
        } else {
            Self::release_unix(socket)?
        };
        Ok(std::mem::take(&mut self.unsent))
    }

    #[cfg(unix)]
    fn release_unix(socket: socket2::Socket) -> io::Result<Carrier> {
        UnixStream::from_std(socket.into()).map(Carrier::Unix)
    }

    #[cfg(not(unix))]
    fn release_unix(_socket: socket2::Socket) -> io::Result<Carrier> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// A closed socket with the counters of one that was open.
    pub(crate) fn gone(stats: Stats) -> Self {
        Self {
            stats,
            ..Self::new(Carrier::Gone)
        }
    }

    /// The socket a driver waits on; `None` once it is closed.
    pub(crate) fn stream(&self) -> Option<&socket2::Socket> {
        match &self.carrier {
            Carrier::Plain(socket) => Some(socket),
            _ => None,
        }
    }

    /// Local and remote address of an adopted socket; none of a Unix socket.
    pub(crate) fn addresses(&self) -> Option<(SocketAddr, SocketAddr)> {
        let socket = self.stream()?;
        let local = socket.local_addr().ok()?.as_socket();
        local.zip(socket.peer_addr().ok()?.as_socket())
    }

    /// Begins a turn: the socket is readable as far as the driver knows.
    pub(crate) fn begin_turn(&mut self, sharers: usize) {
        self.readable = true;
        self.budget = (TURN_BYTES / sharers.max(1)).max(LEAST_TURN_BYTES);
    }

    /// More may have arrived since the kernel had no more.
    pub(crate) fn resume(&mut self) {
        self.readable = true;
    }

    /// Takes a buffer for TLS records.
    pub(crate) fn lend(&mut self, mut scratch: Vec<u8>) {
        scratch.resize(SCRATCH_SIZE, 0);
        self.scratch = scratch;
        self.window = 0..0;
    }

    /// Whether the turn stopped for its budget, with more to read.
    pub(crate) fn is_cut_short(&self) -> bool {
        self.readable && self.budget == 0
    }

    /// Gives the scratch buffer back and keeps what was not taken from it.
    pub(crate) fn reclaim(&mut self) -> Vec<u8> {
        let unread = self.scratch.get(self.window.clone()).unwrap_or_default();
        self.leftover.extend_from_slice(unread);
        self.window = 0..0;
        std::mem::take(&mut self.scratch)
    }

    pub(crate) fn unsent(&self) -> usize {
        self.unsent.len()
    }

    /// Whether a write has failed: nothing more will leave.
    pub(crate) fn write_failed(&self) -> bool {
        self.write_failed
    }

    /// Why a write failed, once.
    pub(crate) fn take_write_error(&mut self) -> Option<io::Error> {
        self.write_error.take()
    }

    /// Nothing more will leave, for this reason.
    pub(crate) fn fail_writes(&mut self, error: io::Error) {
        self.unsent = BytesMut::new();
        self.write_failed = true;
        self.write_error = Some(error);
    }

    /// Sends FIN.
    fn shut_down_writing(&mut self) -> io::Result<()> {
        match &self.carrier {
            Carrier::Plain(socket) => socket.shutdown(Shutdown::Write),
            _ => Ok(()),
        }
    }

    /// Closes the socket at once; unsent bytes are dropped with it.
    pub(crate) fn close(&mut self) {
        self.carrier = Carrier::Gone;
        self.unsent = BytesMut::new();
    }

    fn read_carrier(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.carrier {
            Carrier::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            #[cfg(unix)]
            Carrier::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
            Carrier::Plain(_) if self.ended && self.read_error.is_none() => Poll::Ready(Ok(())),
            Carrier::Plain(_) => self.read_scratch(buf),
            Carrier::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    /// Serves from the leftover, then from the scratch, then reads the kernel once.
    fn read_scratch(&mut self, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.leftover.is_empty() {
            let count = buf.remaining().min(self.leftover.len());
            buf.put_slice(&self.leftover.split_to(count));
            if self.leftover.is_empty() {
                self.leftover = BytesMut::new();
            }
            return Poll::Ready(Ok(()));
        }
        if self.window.is_empty() {
            ready!(self.fill_scratch())?;
        }
        let unread = self.scratch.get(self.window.clone()).unwrap_or_default();
        let count = buf.remaining().min(unread.len());
        buf.put_slice(unread.get(..count).unwrap_or_default());
        self.window.start += count;
        Poll::Ready(Ok(()))
    }

    fn fill_scratch(&mut self) -> Poll<io::Result<()>> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let room = scratch.len();
        let read = self.poll_recv(|stream| stream.read(&mut scratch), room);
        self.scratch = scratch;
        self.window = 0..ready!(read)?;
        Poll::Ready(Ok(()))
    }

    /// Keeps an error for the next read.
    pub(crate) fn put_back(&mut self, error: io::Error) {
        self.read_error = Some(error);
    }

    /// Reads once into `buf`, as far as the turn's budget goes; 0 at the end of the stream.
    pub(crate) fn poll_into(&mut self, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let room = buf.len();
        self.poll_recv(|stream| stream.read(buf), room)
    }

    /// Reads once behind the end of `buf`, up to its capacity.
    pub(crate) fn poll_append(&mut self, buf: &mut Vec<u8>) -> Poll<io::Result<usize>> {
        let room = buf.capacity() - buf.len();
        let receive = |socket: &mut socket2::Socket| {
            let (count, _) = recv(&*socket, spare_capacity(buf), RecvFlags::empty())?;
            Ok(count)
        };
        self.poll_recv(receive, room)
    }

    fn poll_recv(
        &mut self,
        mut receive: impl FnMut(&mut socket2::Socket) -> io::Result<usize>,
        room: usize,
    ) -> Poll<io::Result<usize>> {
        let Carrier::Plain(stream) = &mut self.carrier else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        if let Some(error) = self.read_error.take() {
            return Poll::Ready(Err(error));
        }
        if self.ended {
            return Poll::Ready(Ok(0));
        }
        while self.readable && self.budget > 0 && room > 0 {
            match receive(stream) {
                Ok(count) => {
                    self.ended = count == 0;
                    // A short read means the kernel has no more; the driver will say when it has.
                    self.readable = count == room;
                    self.budget = self.budget.saturating_sub(count);
                    self.stats.bytes_received += count as u64;
                    self.stats.reads += 1;
                    return Poll::Ready(Ok(count));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.readable = false,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Pending
    }

    /// Writes what is queued. `Ready` when nothing is left.
    pub(crate) fn write_unsent(&mut self) -> Poll<()> {
        while !self.unsent.is_empty() {
            match ready!(write_some(&mut self.carrier, |socket| socket.write(&self.unsent))) {
                Ok(count) => {
                    self.count_write(count);
                    self.unsent.advance(count);
                }
                Err(error) => self.fail_writes(error),
            }
        }
        if self.unsent.capacity() > KEEP_CAPACITY {
            self.unsent = BytesMut::new();
        }
        Poll::Ready(())
    }

    /// Writes what the kernel takes at once and queues the rest.
    fn write_all(&mut self, parts: &[IoSlice<'_>]) {
        if self.write_failed {
            return;
        }
        let mut taken = 0;
        if self.unsent.is_empty() {
            match write_some(&mut self.carrier, |socket| socket.write_vectored(parts)) {
                Poll::Ready(Ok(count)) => {
                    taken = count;
                    self.count_write(count);
                }
                Poll::Ready(Err(error)) => return self.fail_writes(error),
                Poll::Pending => {}
            }
        }
        for part in parts {
            self.unsent
                .extend_from_slice(part.get(taken..).unwrap_or_default());
            taken = taken.saturating_sub(part.len());
        }
    }

    /// Writes once what the kernel takes of `bytes`; `Pending` where it takes nothing.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = write_some(&mut self.carrier, |socket| socket.write(bytes));
        if let Poll::Ready(Ok(count)) = written {
            self.count_write(count);
        }
        written
    }

    fn count_write(&mut self, count: usize) {
        self.stats.bytes_sent += count as u64;
        self.stats.writes += 1;
    }
}

/// One write to a driver's socket; `Pending` where the kernel takes nothing.
fn write_some(
    carrier: &mut Carrier,
    mut write: impl FnMut(&mut socket2::Socket) -> io::Result<usize>,
) -> Poll<io::Result<usize>> {
    let Carrier::Plain(socket) = carrier else {
        return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
    };
    loop {
        match write(socket) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
            other => return Poll::Ready(other),
        }
    }
}
