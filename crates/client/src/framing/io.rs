//! Plain or TLS bytes, and the two buffers between them and the frames.

use super::inflow::{Inflow, Step};
use super::outflow::Outflow;
use crate::transport::{Socket, Stream};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;
use websocket_rs_protocol::frame::Kind;

/// Unsent bytes at which frames are written rather than gathered further: a peer that gets them as they
/// come works while the rest is encoded. Found by measurement; a little more than 64 KiB, which is what
/// the kernel sends as one, was the worst of all.
const GATHER: usize = 32 * 1024;

/// The same for a message with no other under way: the peer waits for its end, and has nothing to do
/// with its beginning.
const GATHER_ALONE: usize = 128 * 1024;

/// What a driver lends a connection for a turn besides its window; one for all of an environment's.
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
    /// Unsent bytes when the kernel last refused some: it is not asked again for every frame.
    refused: usize,
}

impl FrameIo {
    /// `prefix` is what the server sent right behind its handshake response.
    pub(crate) fn new(stream: Stream, prefix: Vec<u8>, max_message_size: usize) -> Self {
        Self {
            stream,
            inflow: Inflow::new(prefix, max_message_size),
            outflow: Outflow::default(),
            refused: 0,
        }
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

    /// Begins a turn, of as many as share an iteration of the loop.
    pub(crate) fn begin_turn(&mut self, sharers: usize) {
        self.stream.socket_mut().begin_turn(sharers);
        self.inflow.begin_turn(sharers);
    }

    /// Whether the turn stopped for its budget of bytes or frames, with more to read or to decode.
    pub(crate) fn is_spent(&self) -> bool {
        self.socket().is_cut_short() || self.inflow.is_spent()
    }

    /// Takes the scratch.
    pub(crate) fn begin(&mut self, scratch: Scratch) {
        if !self.stream.can_append() {
            self.stream.socket_mut().lend(scratch.records);
        }
    }

    /// Gives back the scratch, and how much of the window stays the driver's.
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

    /// What to do next about what the peer sent.
    pub(crate) fn poll_step(&mut self, window: &mut [u8]) -> Poll<Step> {
        self.inflow.poll_step(window, &mut self.stream)
    }

    /// Gets more for the codec.
    pub(crate) fn poll_feed(&mut self, window: &mut [u8]) -> Poll<()> {
        self.inflow.poll_feed(window, &mut self.stream)
    }

    /// Bytes accepted and not yet taken by the kernel.
    pub(crate) fn unsent(&self) -> usize {
        self.outflow.len() + self.socket().unsent()
    }

    /// Encodes a data frame, and writes what of it is more than is gathered. `alone` is whether no other
    /// message is under way.
    pub(crate) fn put_frame(&mut self, kind: Kind, payload: &[u8], key: [u8; 4], alone: bool) {
        let gather = if alone { GATHER_ALONE } else { GATHER };
        self.outflow.put_header(kind, payload.len(), key);
        // A part is a multiple of the key's length.
        for part in payload.chunks(gather) {
            self.outflow.put_payload(part, key);
            if self.outflow.len() >= self.refused + gather {
                // What the kernel does not take stays for the next flush.
                let _ = self.poll_drain();
            }
        }
    }

    /// Ends the writing side once everything is written: with FIN, over TLS after a `close_notify` (RFC 8446 section
    /// 6.1). `Ready` when that is done or has failed.
    pub(crate) fn poll_shutdown(&mut self) -> Poll<()> {
        ready!(self.poll_drain());
        let mut cx = Context::from_waker(Waker::noop());
        // The peer may have gone first.
        Pin::new(&mut self.stream).poll_shutdown(&mut cx).map(drop)
    }

    /// Takes the stream away, with what is not written yet.
    pub(crate) fn take_stream(&mut self) -> (Stream, Vec<u8>) {
        let unsent = self.outflow.unsent().to_vec();
        self.outflow.clear();
        let closed = Stream::Plain(Socket::closed(self.socket().stats));
        (std::mem::replace(&mut self.stream, closed), unsent)
    }

    /// Writes what is encoded. `Ready` when the kernel has taken it all, or a write has failed.
    pub(crate) fn poll_drain(&mut self) -> Poll<()> {
        let drained = match &mut self.stream {
            Stream::Plain(socket) => drain_plain(socket, &mut self.outflow),
            Stream::Tls(stream) => drain_tls(stream, &mut self.outflow),
        };
        self.refused = self.outflow.len();
        drained
    }
}

fn drain_plain(socket: &mut Socket, outflow: &mut Outflow) -> Poll<()> {
    let unsent = outflow.unsent();
    if unsent.is_empty() {
        return Poll::Ready(());
    }
    match ready!(socket.write(unsent)) {
        Ok(count) => outflow.advance(count),
        Err(error) => {
            socket.fail_writes(error);
            outflow.clear();
            return Poll::Ready(());
        }
    }
    // A short write means that the kernel takes no more for now.
    if outflow.len() == 0 {
        Poll::Ready(())
    } else {
        Poll::Pending
    }
}

fn drain_tls(stream: &mut TlsStream<Stream>, outflow: &mut Outflow) -> Poll<()> {
    ready!(stream.get_mut().0.socket_mut().write_unsent());
    let mut cx = Context::from_waker(Waker::noop());
    // The socket takes every record, into its queue where the kernel does not.
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

/// The codec's own frames join the data frames.
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
