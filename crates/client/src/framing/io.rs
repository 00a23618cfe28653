//! The byte stream under the codec: it connects the stream to the frames that are received and sent.

use super::inflow::{Inflow, Step};
use super::outflow::Outflow;
use crate::transport::{Socket, Stream, TlsSession};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;
use websocket_rs_protocol::extensions::deflate::DeflateParameters;
use websocket_rs_protocol::frame::FirstByte;

/// Unsent bytes from which frames are written at once: a peer that gets them early works while the rest is encoded.
/// Found by measurement; slightly more than 64 KiB, which the kernel sends as one unit, was the slowest.
const WRITE_THRESHOLD: usize = 32 * 1024;

/// The same for a message while no other is in flight: the peer cannot start on a partial message.
const WRITE_THRESHOLD_ALONE: usize = 1024 * 1024;

/// Most bytes by which the unsent ones grow before the kernel, which has refused some, is asked again.
const MAX_GROWTH: usize = 512 * 1024;

/// A buffer for TLS records that a driver lends to a connection for a batch. All connections of an environment share
/// one.
#[derive(Debug, Default)]
pub struct Scratch {
    records: Vec<u8>,
}

/// The byte stream under the frame codec.
#[derive(Debug)]
pub(crate) struct FrameIo {
    stream: Stream,
    inflow: Inflow,
    outflow: Outflow,
    /// Unsent bytes after the last write, or more, so that the kernel is not asked again for every frame.
    unsent_at_last_write: usize,
}

impl FrameIo {
    /// `prefix` holds the bytes that followed the upgrade response.
    pub(crate) fn new(
        stream: Stream,
        prefix: Vec<u8>,
        max_message_size: usize,
        deflate: Option<DeflateParameters>,
    ) -> Self {
        Self {
            stream,
            inflow: Inflow::new(prefix, max_message_size, deflate),
            outflow: Outflow::default(),
            unsent_at_last_write: 0,
        }
    }

    pub(crate) fn tls_session(&self) -> Option<TlsSession> {
        self.stream.tls_session()
    }

    pub(crate) fn socket(&self) -> &Socket {
        self.stream.socket()
    }

    pub(crate) fn socket_mut(&mut self) -> &mut Socket {
        self.stream.socket_mut()
    }

    pub(crate) fn outflow(&self) -> &Outflow {
        &self.outflow
    }

    pub(crate) fn outflow_mut(&mut self) -> &mut Outflow {
        &mut self.outflow
    }

    /// Begins a turn of one of `sharers` connections that share an iteration of the loop.
    pub(crate) fn begin_turn(&mut self, sharers: usize) {
        self.stream.socket_mut().begin_turn(sharers);
        self.inflow.begin_turn(sharers);
    }

    /// Whether the turn stopped at its limit of bytes or frames, with more to read or to decode.
    pub(crate) fn is_spent(&self) -> bool {
        self.socket().is_cut_short() || self.inflow.is_spent()
    }

    /// Begins a batch with the scratch buffer.
    pub(crate) fn begin(&mut self, scratch: Scratch) {
        if !self.stream.can_append() {
            self.stream.socket_mut().lend(scratch.records);
        }
    }

    /// Ends a batch. Returns the scratch buffer, and how many bytes of the window hold messages.
    pub(crate) fn end(&mut self, window: &[u8]) -> (Scratch, usize) {
        let records = self.stream.socket_mut().reclaim();
        (Scratch { records }, self.inflow.end(window))
    }

    pub(crate) fn inflow(&self) -> &Inflow {
        &self.inflow
    }

    pub(crate) fn inflow_mut(&mut self) -> &mut Inflow {
        &mut self.inflow
    }

    /// Returns the next step after what the peer has sent.
    pub(crate) fn poll_step(&mut self, window: &mut [u8]) -> Poll<Step> {
        self.inflow.poll_step(window, &mut self.stream)
    }

    /// Gets more bytes for the codec.
    pub(crate) fn poll_feed(&mut self, window: &mut [u8]) -> Poll<()> {
        self.inflow.poll_feed(window, &mut self.stream)
    }

    /// Bytes that are encoded and not yet accepted by the kernel.
    pub(crate) fn unsent(&self) -> usize {
        self.outflow.len() + self.socket().unsent()
    }

    /// Encodes a data frame, and writes whenever the threshold is reached. `alone` is whether no other message is in
    /// flight.
    pub(crate) fn put_frame(&mut self, first: FirstByte, payload: &[u8], key: [u8; 4], alone: bool) {
        let threshold = if alone {
            WRITE_THRESHOLD_ALONE
        } else {
            WRITE_THRESHOLD
        };
        self.outflow.put_header(first, payload.len(), key);
        // Each part is a multiple of the key's length.
        for part in payload.chunks(threshold) {
            self.outflow.put_payload(part, key);
            if self.outflow.len() >= self.unsent_at_last_write + threshold {
                self.write_amid(alone);
            }
        }
    }

    /// Writes in the middle of what is sent. Bytes that are refused have to double before the next time: the kernel refuses
    /// more until the peer has read much of what it holds, and asking it costs as much as writing a small frame.
    #[inline(never)]
    fn write_amid(&mut self, alone: bool) {
        // What the kernel does not accept is left for the next flush.
        if self.poll_drain().is_pending() && !alone {
            let refused = self.outflow.len();
            self.unsent_at_last_write = refused + refused.min(MAX_GROWTH).saturating_sub(WRITE_THRESHOLD);
        }
    }

    /// Ends the writing side once everything is written: with FIN, under TLS after a `close_notify` (RFC 8446 section
    /// 6.1). Returns `Ready` once that is done or has failed.
    pub(crate) fn poll_shutdown(&mut self) -> Poll<()> {
        ready!(self.poll_drain());
        let mut cx = Context::from_waker(Waker::noop());
        // The peer may have closed the connection first.
        Pin::new(&mut self.stream).poll_shutdown(&mut cx).map(drop)
    }

    /// Takes the stream out. Returns it with the encoded bytes that are not written.
    pub(crate) fn take_stream(&mut self) -> (Stream, Vec<u8>) {
        let unsent = self.outflow.take();
        let closed = Stream::Plain(Socket::closed(self.socket().stats));
        (std::mem::replace(&mut self.stream, closed), unsent)
    }

    /// Writes what is encoded. Returns `Ready` once the kernel has accepted all of it, or a write has failed.
    pub(crate) fn poll_drain(&mut self) -> Poll<()> {
        let drained = match &mut self.stream {
            Stream::Plain(socket) => drain_plain(socket, &mut self.outflow),
            Stream::Tls(stream) => drain_tls(stream, &mut self.outflow),
        };
        self.unsent_at_last_write = self.outflow.len();
        drained
    }
}

fn drain_plain(socket: &mut Socket, outflow: &mut Outflow) -> Poll<()> {
    while outflow.len() > 0 {
        let unsent = outflow.unsent();
        let length = unsent.len();
        match ready!(socket.write(unsent)) {
            Ok(count) => {
                outflow.advance(count);
                // The kernel accepts no more for now.
                if count < length {
                    return Poll::Pending;
                }
            }
            Err(error) => {
                socket.fail_writes(error);
                outflow.clear();
            }
        }
    }
    Poll::Ready(())
}

fn drain_tls(stream: &mut TlsStream<Stream>, outflow: &mut Outflow) -> Poll<()> {
    ready!(stream.get_mut().0.socket_mut().write_unsent());
    let mut cx = Context::from_waker(Waker::noop());
    // The socket accepts every record, and queues those that the kernel does not accept.
    while outflow.len() > 0 {
        match ready!(Pin::new(&mut *stream).poll_write(&mut cx, outflow.unsent())) {
            Ok(count) => outflow.advance(count),
            Err(error) => {
                stream.get_mut().0.socket_mut().fail_writes(error);
                outflow.clear();
            }
        }
    }
    let _ = Pin::new(&mut *stream).poll_flush(&mut cx);
    stream.get_mut().0.socket_mut().write_unsent()
}

impl AsyncRead for FrameIo {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.get_mut().inflow.poll_codec(buf)
    }
}

/// The codec's control frames are appended to the data frames.
impl AsyncWrite for FrameIo {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().outflow.put(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)] // A test may panic.
    use super::{FrameIo, MAX_GROWTH, WRITE_THRESHOLD};
    use crate::transport::{Socket, Stream};
    use std::io::Read as _;
    use std::os::unix::net::UnixStream;
    use websocket_rs_protocol::frame::Kind;

    const PART: usize = 4096;

    fn put(io: &mut FrameIo) {
        io.put_frame(Kind::Binary.into(), &[1; PART], [0; 4], false);
    }

    /// Sends until this much is unsent, and lets the peer receive what the kernel holds.
    fn refused(unsent: usize) -> (FrameIo, UnixStream) {
        let (client, mut peer) = UnixStream::pair().unwrap();
        client.set_nonblocking(true).unwrap();
        peer.set_nonblocking(true).unwrap();
        let stream = Stream::Plain(Socket::open(client.into()));
        let mut io = FrameIo::new(stream, Vec::new(), 0, None);
        while io.unsent_at_last_write < unsent {
            put(&mut io);
        }
        let mut received = vec![0; 1024 * 1024];
        while peer.read(&mut received).is_ok() {}
        (io, peer)
    }

    #[test]
    fn after_a_refusal_the_unsent_bytes_grow_before_the_kernel_is_asked_again() {
        for (unsent, growth) in [
            (1, WRITE_THRESHOLD),
            (4 * WRITE_THRESHOLD, 4 * WRITE_THRESHOLD),
            (3 * MAX_GROWTH, MAX_GROWTH),
        ] {
            let (mut io, _peer) = refused(unsent);
            let before = io.unsent();
            let mut most = before;
            while io.unsent() >= most {
                most = io.unsent();
                assert!(most < before + 2 * growth, "{unsent}: nothing is written");
                put(&mut io);
            }
            assert!(most + 2 * PART > before + growth, "{unsent}: {most} is early");
        }
    }
}
