//! A stream that the caller carries: bytes that it has read are pushed in, and bytes to write are taken out.
//!
//! Each end may be on a thread of its own. While connecting, Tokio polls the stream; once the connection is open, its
//! driver does. Both learn from the other end in the same way: the caller is notified, and Tokio's tasks are woken.

use crate::error::RelayError;
use bytes::BytesMut;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::io::ReadBuf;

/// Received bytes from which the caller is asked to read no more. Up to these it reads ahead of a connection that has
/// paused, because only reading tells it that the peer has ended.
const MAX_RECEIVED: usize = 256 * 1024;

/// Bytes accepted and not written by the caller's stream, from which no more are accepted.
const MAX_UNSENT: usize = 1024 * 1024;

/// Capacity above which the memory of received bytes is freed when all of them are taken.
const MAX_KEPT_CAPACITY: usize = 64 * 1024;

/// The local and the remote address of a stream.
pub type Addresses = (SocketAddr, SocketAddr);

/// What the caller has to do with its stream.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // Independent of each other.
pub struct RelayWork {
    /// Bytes to write.
    pub bytes: Vec<u8>,
    /// Whether to read.
    pub reads: bool,
    /// Whether to end the writing side after the bytes.
    pub is_shut: bool,
    /// Whether to close the stream after the bytes. Nothing follows.
    pub is_closed: bool,
    /// Whether closing does not wait for what the stream cannot write at once.
    pub is_aborted: bool,
    /// Whether the stream keeps the process alive.
    pub is_referenced: bool,
}

#[allow(clippy::struct_excessive_bools)] // Independent of each other.
struct State {
    /// Bytes that the caller has read and the connection has not taken.
    received: BytesMut,
    /// Bytes that the connection has written and the caller has not taken.
    outgoing: Vec<u8>,
    /// Bytes that the caller has taken and its stream has not written.
    unsent: usize,
    has_ended: bool,
    error: Option<RelayError>,
    /// Whether the stream has been destroyed: it writes nothing.
    is_destroyed: bool,
    /// Whether the connection reads, or has read.
    has_begun: bool,
    is_referenced: bool,
    is_shut: bool,
    is_closed: bool,
    is_aborted: bool,
    /// Whether the caller has been notified since it last took the work.
    is_notified: bool,
    addresses: Option<Addresses>,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

struct Shared {
    state: Mutex<State>,
    notify: Box<dyn Fn() + Send + Sync>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and notifies the caller, unless it already has been.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let result = change(&mut state);
        let notifies = !std::mem::replace(&mut state.is_notified, true);
        drop(state);
        if notifies {
            (self.notify)();
        }
        result
    }
}

impl State {
    /// Whether the caller has to read.
    fn reads(&self) -> bool {
        self.has_begun && self.received.len() < MAX_RECEIVED
    }

    fn unsent(&self) -> usize {
        self.outgoing.len() + self.unsent
    }

    /// Takes received bytes. Returns how many; 0 at the end of the stream, `None` if nothing has arrived.
    fn receive(&mut self, room: usize, put: impl FnOnce(&[u8])) -> Option<io::Result<usize>> {
        if self.received.is_empty() {
            return match &self.error {
                Some(error) => Some(Err(error.clone().into())),
                None => self.has_ended.then_some(Ok(0)),
            };
        }
        let count = room.min(self.received.len());
        put(&self.received.split_to(count));
        if self.received.is_empty() && self.received.capacity() > MAX_KEPT_CAPACITY {
            self.received = BytesMut::new();
        }
        Some(Ok(count))
    }
}

/// The caller's end of a relayed stream.
#[derive(Clone)]
pub struct Relay {
    id: u64,
    shared: Arc<Shared>,
}

/// The connection's end. Dropping it asks the caller to close its stream.
pub struct RelayStream(Relay);

impl Relay {
    /// Makes the two ends of a stream. `id` is the caller's. `notify` is called, on any thread, when there is
    /// [work](Relay::take) again.
    pub fn new(
        id: u64,
        addresses: Option<Addresses>,
        notify: impl Fn() + Send + Sync + 'static,
    ) -> (Self, RelayStream) {
        let state = State {
            received: BytesMut::new(),
            outgoing: Vec::new(),
            unsent: 0,
            has_ended: false,
            error: None,
            is_destroyed: false,
            // The bytes before the first read may be those of TLS, which the caller runs.
            has_begun: false,
            is_referenced: true,
            is_shut: false,
            is_closed: false,
            is_aborted: false,
            is_notified: false,
            addresses,
            reader: None,
            writer: None,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            notify: Box::new(notify),
        });
        let relay = Self { id, shared };
        (relay.clone(), RelayStream(relay))
    }

    /// The number that the caller has given.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Adds bytes that the caller has read. If it has to stop reading, it is notified.
    pub fn push(&self, bytes: &[u8]) {
        let mut state = self.shared.lock();
        state.received.extend_from_slice(bytes);
        let reads = state.reads();
        let reader = state.reader.take();
        drop(state);
        wake(reader);
        if !reads {
            self.shared.change(|_| ());
        }
    }

    /// Notes that the stream has ended, or has failed. The first report counts.
    pub fn end(&self, error: Option<RelayError>) {
        let mut state = self.shared.lock();
        if !state.has_ended {
            state.has_ended = true;
            state.error = error;
        } else if state.error.is_none() {
            // The peer has ended its side before, and now the other one has failed: writes report that.
            state.error = error.filter(|_| state.received.is_empty());
        }
        let wakers = [state.reader.take(), state.writer.take()];
        drop(state);
        wakers.into_iter().for_each(wake);
    }

    /// Notes that the stream has been destroyed, so that no more is queued for it.
    pub fn destroy(&self) {
        let mut state = self.shared.lock();
        state.is_destroyed = true;
        state.outgoing = Vec::new();
    }

    /// Sets how many of the bytes that were taken the stream has not written.
    pub fn set_unsent(&self, count: usize) {
        let mut state = self.shared.lock();
        state.unsent = count;
        let writer = state.writer.take().filter(|_| state.unsent() < MAX_UNSENT);
        drop(state);
        wake(writer);
    }

    /// Notifies the caller, which then reports what its stream has not written.
    pub fn refresh(&self) {
        self.shared.change(|_| ());
    }

    /// Returns what to do, and takes the bytes to write.
    pub fn take(&self) -> RelayWork {
        let mut state = self.shared.lock();
        state.is_notified = false;
        let bytes = std::mem::take(&mut state.outgoing);
        state.unsent += bytes.len();
        RelayWork {
            bytes,
            reads: state.reads(),
            is_shut: state.is_shut,
            is_closed: state.is_closed,
            is_aborted: state.is_aborted,
            is_referenced: state.is_referenced,
        }
    }
}

impl RelayStream {
    /// The caller's end.
    pub(crate) fn relay(&self) -> &Relay {
        &self.0
    }

    pub(super) fn addresses(&self) -> Option<Addresses> {
        self.0.shared.lock().addresses
    }

    /// Bytes that the caller has taken and its stream has not written, and those behind them. Without any, the stream may
    /// write the others before the running call returns.
    pub(super) fn unsent(&self) -> usize {
        let state = self.0.shared.lock();
        if state.unsent == 0 { 0 } else { state.unsent() }
    }

    /// Bytes that the caller's stream has not written, those included that the caller has not taken.
    pub(super) fn unwritten(&self) -> usize {
        self.0.shared.lock().unsent()
    }

    /// Has the caller close the stream without waiting for what that cannot write at once.
    pub(super) fn abort(&self) {
        self.0.shared.lock().is_aborted = true;
    }

    /// Has the caller read, until there are enough bytes that the connection has not taken.
    pub(super) fn begin_reading(&self) {
        if !self.0.shared.lock().has_begun {
            self.0.shared.change(|state| state.has_begun = true);
        }
    }

    /// Whether bytes have been received that the connection has not taken.
    pub(super) fn has_received(&self) -> bool {
        !self.0.shared.lock().received.is_empty()
    }

    /// Sets whether the stream keeps the process alive.
    pub(super) fn set_referenced(&self, referenced: bool) {
        self.0.shared.change(|state| state.is_referenced = referenced);
    }

    /// Ends the writing side.
    pub(super) fn shut_down(&self) {
        if !self.0.shared.lock().is_shut {
            self.0.shared.change(|state| state.is_shut = true);
        }
    }

    /// Takes received bytes; 0 at the end of the stream. Fails with `WouldBlock` if nothing has arrived.
    pub(super) fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.receive(buf.len(), |bytes| {
            for (to, from) in buf.iter_mut().zip(bytes) {
                *to = *from;
            }
        });
        read.unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))
    }

    /// Takes received bytes, as [`RelayStream::read`], into the spare capacity of `buf`.
    pub(super) fn append(&self, buf: &mut Vec<u8>) -> io::Result<usize> {
        let room = buf.capacity() - buf.len();
        let read = self.receive(room, |bytes| buf.extend_from_slice(bytes));
        read.unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))
    }

    fn receive(&self, room: usize, put: impl FnOnce(&[u8])) -> Option<io::Result<usize>> {
        let mut state = self.0.shared.lock();
        let was_full = state.received.len() >= MAX_RECEIVED;
        let received = state.receive(room, put);
        let has_room = was_full && state.received.len() < MAX_RECEIVED;
        drop(state);
        if has_room {
            self.0.shared.change(|_| ());
        }
        received
    }

    /// Accepts bytes. Fails with `WouldBlock` while the caller's stream has too many to write.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let state = self.0.shared.lock();
        if let Some(error) = &state.error {
            return Err(error.clone().into());
        }
        if state.is_shut || state.is_destroyed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if state.unsent() >= MAX_UNSENT {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        drop(state);
        self.0
            .shared
            .change(|state| state.outgoing.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    pub(super) fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.begin_reading();
        if let Some(read) = self.receive(buf.remaining(), |bytes| buf.put_slice(bytes)) {
            return Poll::Ready(read.map(drop));
        }
        let mut state = self.0.shared.lock();
        state.reader = Some(cx.waker().clone());
        if !state.received.is_empty() || state.has_ended {
            // It has arrived since.
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    pub(super) fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.shared.lock().writer = Some(cx.waker().clone());
        match self.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            written => Poll::Ready(written),
        }
    }
}

impl Drop for RelayStream {
    fn drop(&mut self) {
        self.0.shared.change(|state| {
            state.is_closed = true;
            state.received = BytesMut::new();
        });
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RelayStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RelayStream").field(&self.0).finish()
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
