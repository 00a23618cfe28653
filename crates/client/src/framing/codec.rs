//! The codec, tungstenite, which replies to pings and reports the end of the stream. No other file names it.

use super::backlog::Backlog;
use super::inflow::{FrameViolation, Payload, Step};
use super::io::FrameIo;
use super::outgoing::{FrameOptions, Outgoing};
use super::refusal::{close_refused, frame_refused};
use crate::compression::Compression;
use crate::error::{Error, ErrorKind, Phase};
use crate::transport::Stream;
use bytes::Bytes;
use futures_util::{FutureExt as _, Sink, Stream as _};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as CodecError, Message};
use websocket_rs_protocol::close;
use websocket_rs_protocol::frame::Kind;
use websocket_rs_protocol::limits::MAX_MESSAGE_LIMIT;

/// tungstenite allocates its read buffer when it is created, and keeps it. It gets control frames only, one at a time, so it
/// allocates what each of them needs, and reads it in steps of a frame header's length.
const READ_BUFFER: usize = 0;

/// What the peer has sent.
#[derive(Debug)]
pub(crate) enum Incoming {
    Message(Kind, Payload),
    /// A message begins that is returned as it arrives.
    StreamStart(Kind),
    /// A part of that message.
    Chunk(Kind, Payload),
    /// The end of that message.
    StreamEnd,
    /// The end of a message that was dropped, of which nothing was returned.
    Skipped,
    /// A message that is larger than `maxMessageSize`. Nothing follows until it is decided what becomes of it.
    Held,
    Pong(Bytes),
    /// A ping to which the codec has replied; the length of its payload.
    Ping(usize),
    /// A ping to report, of a connection that reports pings. A reply is queued if they are answered.
    ReportedPing(Bytes),
    /// The payload of the peer's close frame, for [`Framing::handle_close`].
    Close(Bytes),
    /// The TCP connection ended after the closing handshake.
    End,
}

/// The codec over its byte stream. It is polled with a waker that does nothing, because the driver reports readiness.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // Independent of each other: no state machine is hidden here.
pub(crate) struct Framing {
    stream: WebSocketStream<FrameIo>,
    /// The codec may hold a reply: a pong or a close frame.
    has_replies: bool,
    /// A close frame has been sent or received, or waits to be sent, so no data may be sent.
    closing: bool,
    /// The peer's close frame has been received, and the reply to it, if one was due, has been sent or waits.
    closed: bool,
    /// Whether pings that are reported are answered.
    answers_pings: bool,
    outgoing: Outgoing,
    /// What is compressed before it is sent; `None` unless permessage-deflate is negotiated.
    backlog: Option<Box<Backlog>>,
}

impl Framing {
    /// Always returns `Some`: the codec never waits here.
    ///
    /// The codec is created outside of any task. It keeps the waker of its creation, and the waker of the connecting
    /// task would keep the 6 KiB of that task allocated while the connection is open.
    pub(crate) fn new(
        stream: Stream,
        prefix: Vec<u8>,
        max_message_size: Option<usize>,
        compression: Option<Compression>,
    ) -> Option<Self> {
        let max_message_size = max_message_size.unwrap_or(usize::MAX).min(MAX_MESSAGE_LIMIT);
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(max_message_size))
            .max_frame_size(Some(max_message_size));
        let deflate = compression.map(|compression| compression.parameters);
        let io = FrameIo::new(stream, prefix, max_message_size, deflate);
        let made = WebSocketStream::from_raw_socket(io, Role::Client, Some(config)).now_or_never();
        made.map(|stream| Self {
            stream,
            has_replies: false,
            closing: false,
            closed: false,
            answers_pings: true,
            outgoing: Outgoing::default(),
            backlog: compression.map(|agreed| Box::new(Backlog::new(agreed))),
        })
    }

    pub(crate) fn io(&self) -> &FrameIo {
        self.stream.get_ref()
    }

    pub(crate) fn io_mut(&mut self) -> &mut FrameIo {
        self.stream.get_mut()
    }

    /// Returns how messages are compressed, if permessage-deflate is negotiated.
    pub(crate) fn compression(&self) -> Option<&Compression> {
        self.backlog.as_ref().map(|backlog| backlog.compression())
    }

    /// Whether both sides have sent their close frame.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed && !self.has_backlog()
    }

    /// Has jobs wake `waker` when they have ended. Without a waker, everything is compressed and decompressed at once.
    pub(crate) fn set_waker(&mut self, waker: Waker) {
        self.io_mut().inflow_mut().set_waker(waker.clone());
        if let Some(backlog) = &mut self.backlog {
            backlog.set_waker(waker);
        }
    }

    /// Whether permessage-deflate is negotiated.
    pub(crate) fn is_compressed(&self) -> bool {
        self.backlog.is_some()
    }

    /// Whether frames wait to be compressed, or behind such frames.
    pub(crate) fn has_backlog(&self) -> bool {
        self.backlog.as_ref().is_some_and(|backlog| !backlog.is_empty())
    }

    /// Payload bytes that are accepted and not encoded.
    pub(crate) fn backlog(&self) -> usize {
        self.backlog.as_ref().map_or(0, |backlog| backlog.bytes())
    }

    /// Encodes what has been compressed. With `finish`, waits until everything is.
    #[cold]
    pub(crate) fn advance_backlog(&mut self, finish: bool) {
        let Some(backlog) = &mut self.backlog else { return };
        let io = self.stream.get_mut();
        if io.socket().write_failed() {
            backlog.clear();
        }
        let advanced = backlog.advance(io, finish);
        let close = backlog.take_close();
        if let Err(error) = advanced {
            let _ = self.fail_backlog(error);
        } else if let Some(frame) = close {
            let frame = frame.as_ref().map(|(code, reason)| (*code, reason.as_str()));
            // The codec's errors are returned when it is read.
            let _ = self.send_close(frame);
        }
    }

    /// Drops what waits, and sends nothing more: a message cannot be compressed.
    #[cold]
    fn fail_backlog(&mut self, error: Error) -> Result<(), Error> {
        self.drop_backlog();
        let reason = io::Error::other(error.to_string());
        self.io_mut().socket_mut().fail_writes(reason);
        Err(error)
    }

    /// Drops what waits, before a close frame that is sent at once.
    pub(crate) fn drop_backlog(&mut self) {
        if let Some(backlog) = &mut self.backlog {
            backlog.clear();
        }
    }

    /// Returns what the peer sent next, or `Pending` if its bytes have not arrived.
    pub(crate) fn poll_next(&mut self, window: &mut [u8]) -> Poll<Result<Incoming, Error>> {
        loop {
            match ready!(self.io_mut().poll_step(window)) {
                Step::Message(kind, payload) => return Poll::Ready(Ok(Incoming::Message(kind, payload))),
                Step::StreamStart(kind) => return Poll::Ready(Ok(Incoming::StreamStart(kind))),
                Step::Chunk(kind, payload) => return Poll::Ready(Ok(Incoming::Chunk(kind, payload))),
                Step::StreamEnd => return Poll::Ready(Ok(Incoming::StreamEnd)),
                Step::Skipped => return Poll::Ready(Ok(Incoming::Skipped)),
                Step::Held => return Poll::Ready(Ok(Incoming::Held)),
                Step::Codec => {}
                Step::Close(payload) => return Poll::Ready(Ok(Incoming::Close(payload))),
                Step::Ping(payload) => return Poll::Ready(Ok(self.handle_ping(payload))),
                Step::End => return Poll::Ready(Ok(Incoming::End)),
                Step::Violation(violation) => {
                    return Poll::Ready(Err(self.frame_violation(violation, window)));
                }
            }
            self.has_replies = true;
            let mut cx = Context::from_waker(Waker::noop());
            match Pin::new(&mut self.stream).poll_next(&mut cx) {
                Poll::Ready(Some(Ok(message))) => {
                    // Encoded now, so that the pong precedes replies to messages that end after the ping.
                    if message.is_ping() {
                        self.append_replies();
                    }
                    return Poll::Ready(Ok(Self::incoming(message)));
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(to_error(error))),
                Poll::Ready(None) => return Poll::Ready(Ok(Incoming::End)),
                Poll::Pending => ready!(self.io_mut().poll_feed(window)),
            }
        }
    }

    /// Encodes one unfragmented data frame. The payload is copied before this returns. Text is not checked: V8 has
    /// encoded it as UTF-8.
    pub(crate) fn send(&mut self, kind: Kind, payload: &[u8], alone: bool) -> Result<(), Error> {
        if self.closing || self.backlog.is_some() || !self.outgoing.is_between_messages() {
            return self.send_frame(kind, payload, FrameOptions::default(), alone);
        }
        self.io_mut()
            .put_frame(kind.into(), payload, rand::random(), alone);
        Ok(())
    }

    /// Encodes one data frame, as [`Framing::send`] does, or lets it wait to be compressed. `kind` is that of the
    /// message.
    pub(crate) fn send_frame(
        &mut self,
        kind: Kind,
        payload: &[u8],
        options: FrameOptions,
        alone: bool,
    ) -> Result<(), Error> {
        if self.closing {
            return Err(Error::new(Phase::Open, ErrorKind::Closing));
        }
        let threshold = self
            .compression()
            .map(|compression| compression.settings.threshold);
        let next = self
            .outgoing
            .begin_frame(kind, payload.len(), options, threshold)?;
        let io = self.stream.get_mut();
        if let Some(backlog) = &mut self.backlog {
            let sent = backlog.send(io, next, payload, alone);
            return sent.or_else(|error| self.fail_backlog(error));
        }
        io.put_frame(next.first_byte, payload, rand::random(), alone);
        Ok(())
    }

    pub(crate) fn ping(&mut self, payload: Bytes) -> Result<(), Error> {
        self.write(Message::Ping(payload))
    }

    /// Encodes an unsolicited pong (RFC 6455 section 5.5.3), or one for a ping that was not answered.
    pub(crate) fn pong(&mut self, payload: Bytes) -> Result<(), Error> {
        self.write(Message::Pong(payload))
    }

    /// Reports pings from now on. `answers` is whether they are answered as well.
    pub(crate) fn report_pings(&mut self, answers: bool) {
        self.answers_pings = answers;
        self.io_mut().inflow_mut().cut_pings();
    }

    /// Whether pings that are reported are answered.
    pub(crate) fn answers_pings(&self) -> bool {
        self.answers_pings
    }

    fn handle_ping(&mut self, payload: Bytes) -> Incoming {
        // After a close frame, no reply is due, and the codec refuses it.
        if self.answers_pings && !self.closing {
            let _ = self.pong(payload.clone());
        }
        Incoming::ReportedPing(payload)
    }

    /// Sends a close frame, once, behind everything that was accepted; `None` for one without a code.
    pub(crate) fn close(&mut self, frame: Option<(u16, &str)>) -> Result<(), Error> {
        if self.has_backlog()
            && let Some(backlog) = &mut self.backlog
        {
            if self.closing {
                return Err(Error::new(Phase::Open, ErrorKind::Closing));
            }
            self.closing = true;
            backlog.push_close(frame);
            return Ok(());
        }
        self.send_close(frame)
    }

    fn send_close(&mut self, frame: Option<(u16, &str)>) -> Result<(), Error> {
        let frame = frame.map(|(code, reason)| CloseFrame {
            code: CloseCode::from(code),
            reason: reason.into(),
        });
        // The codec would append a pong that it still holds after the close frame, which must be the last frame.
        self.append_replies();
        self.closing = true;
        self.write(Message::Close(frame))
    }

    fn write(&mut self, message: Message) -> Result<(), Error> {
        self.has_replies = true;
        Pin::new(&mut self.stream).start_send(message).map_err(to_error)
    }

    /// Writes everything that is encoded. Returns `Ready` once the kernel has accepted all of it, or a write has failed.
    pub(crate) fn poll_flush(&mut self) -> Poll<()> {
        if self.has_backlog() {
            self.advance_backlog(false);
        }
        self.append_replies();
        self.io_mut().poll_drain()
    }

    /// Appends the codec's replies. Its errors are returned when it is read.
    fn append_replies(&mut self) {
        if std::mem::take(&mut self.has_replies) {
            let mut cx = Context::from_waker(Waker::noop());
            let _ = Pin::new(&mut self.stream).poll_flush(&mut cx);
        }
    }

    /// Handles the peer's close frame, and replies to it with the same code and reason unless it is itself a reply. Returns
    /// its code, 1005 if it has none, and its reason.
    pub(crate) fn handle_close(&mut self, payload: &Bytes) -> Result<(u16, Bytes), Error> {
        let (code, text) = close::parse(payload).map_err(close_refused)?;
        let reason = payload.slice_ref(text.as_bytes());
        if !self.closing {
            // A failed write is reported once everything is read. The reply is written now, because this turn may find
            // the end of the stream next.
            let _ = self.close((code != close::NO_STATUS).then_some((code, text)));
            let _ = self.poll_flush();
        }
        self.closed = true;
        Ok((code, reason))
    }

    fn incoming(message: Message) -> Incoming {
        match message {
            Message::Pong(bytes) => Incoming::Pong(bytes),
            // Not reached: close frames are cut out before the codec.
            Message::Close(_) => Incoming::End,
            Message::Ping(payload) => Incoming::Ping(payload.len()),
            // Not reached: the codec gets no data frames, and never returns a raw frame.
            Message::Text(_) | Message::Binary(_) | Message::Frame(_) => Incoming::Ping(0),
        }
    }

    #[cold]
    fn frame_violation(&self, violation: FrameViolation, window: &[u8]) -> Error {
        frame_refused(violation, self.io().inflow().next_bytes(window))
    }

    /// Returns the error of a message that is larger than `maxMessageSize`.
    pub(crate) fn too_big(&self) -> Error {
        let limit = self.io().inflow().max_message_size();
        Error::new(Phase::Open, ErrorKind::TooBig { limit })
    }
}

fn to_error(error: CodecError) -> Error {
    Error::new(Phase::Open, error_kind(error))
}

fn error_kind(error: CodecError) -> ErrorKind {
    match error {
        CodecError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => ErrorKind::Dropped,
        CodecError::Io(error) => ErrorKind::Io(error),
        CodecError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => ErrorKind::Dropped,
        CodecError::Protocol(ProtocolError::SendAfterClosing)
        | CodecError::ConnectionClosed
        | CodecError::AlreadyClosed => ErrorKind::Closing,
        other => ErrorKind::Violation {
            close_code: close::PROTOCOL_ERROR,
            message: other.to_string(),
            refused: None,
        },
    }
}
