//! The codec, tungstenite, which replies to pings and joins fragments. No other file names it.

use super::inflow::{FrameViolation, Payload, Step};
use super::io::FrameIo;
use crate::compression::Compression;
use crate::error::{Error, ErrorKind, Phase};
use crate::transport::Stream;
use bytes::Bytes;
use futures_util::{FutureExt as _, Sink, Stream as _};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as CodecError, Message};
use websocket_rs_protocol::close;
use websocket_rs_protocol::frame::Kind;
use websocket_rs_protocol::limits::MAX_MESSAGE_LIMIT;

/// tungstenite zero-fills its read buffer on every read, so it is kept small. System calls fill the driver's window,
/// which is much larger.
const READ_BUFFER: usize = 1024;

/// What the peer has sent.
#[derive(Debug)]
pub(crate) enum Incoming {
    Message(Kind, Payload),
    Pong(Bytes),
    /// A ping to which the codec has replied; the length of its payload.
    Ping(usize),
    /// A ping to report, of a connection that reports pings. A reply is queued if they are answered.
    ReportedPing(Bytes),
    /// The peer's close frame: its code, 1005 if it has none, and its reason.
    Close(u16, Bytes),
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
    /// A close frame has been sent or received, so no data may be sent.
    closing: bool,
    /// Both close frames have been exchanged.
    closed: bool,
    /// Whether pings that are reported are answered.
    answers_pings: bool,
    /// `None` unless permessage-deflate is negotiated.
    #[allow(dead_code)]
    compression: Option<Box<Compression>>,
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
        let io = FrameIo::new(stream, prefix, max_message_size);
        let made = WebSocketStream::from_raw_socket(io, Role::Client, Some(config)).now_or_never();
        made.map(|stream| Self {
            stream,
            has_replies: false,
            closing: false,
            closed: false,
            answers_pings: true,
            compression: compression.map(Box::new),
        })
    }

    pub(crate) fn io(&self) -> &FrameIo {
        self.stream.get_ref()
    }

    pub(crate) fn io_mut(&mut self) -> &mut FrameIo {
        self.stream.get_mut()
    }

    /// Whether both sides have sent their close frame.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Returns what the peer sent next, or `Pending` if its bytes have not arrived.
    pub(crate) fn poll_next(&mut self, window: &mut [u8]) -> Poll<Result<Incoming, Error>> {
        loop {
            match ready!(self.io_mut().poll_step(window)) {
                Step::Message(kind, payload) => return Poll::Ready(Ok(Incoming::Message(kind, payload))),
                Step::Codec => {}
                Step::Close(payload) => return Poll::Ready(self.handle_close(&payload)),
                Step::Ping(payload) => return Poll::Ready(Ok(self.handle_ping(payload))),
                Step::End => return Poll::Ready(Ok(Incoming::End)),
                Step::Violation(violation) => {
                    return Poll::Ready(Err(self.frame_violation(violation, window)));
                }
            }
            self.has_replies = true;
            let mut cx = Context::from_waker(Waker::noop());
            match Pin::new(&mut self.stream).poll_next(&mut cx) {
                Poll::Ready(Some(Ok(message))) => return Poll::Ready(Ok(Self::incoming(message))),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(self.to_error(error))),
                Poll::Ready(None) => return Poll::Ready(Ok(Incoming::End)),
                // A fragment, but not the last one.
                Poll::Pending if self.io().inflow().is_between_frames() => {}
                Poll::Pending => ready!(self.io_mut().poll_feed(window)),
            }
        }
    }

    /// Encodes one unfragmented data frame. The payload is copied before this returns. Text is not checked: V8 has
    /// encoded it as UTF-8.
    pub(crate) fn send(&mut self, kind: Kind, payload: &[u8], alone: bool) -> Result<(), Error> {
        if self.closing {
            return Err(Error::new(Phase::Open, ErrorKind::Closing));
        }
        self.io_mut().put_frame(kind, payload, rand::random(), alone);
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

    /// Sends a close frame, once; `None` for one without a code.
    pub(crate) fn close(&mut self, frame: Option<(u16, &str)>) -> Result<(), Error> {
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
        Pin::new(&mut self.stream)
            .start_send(message)
            .map_err(|error| self.to_error(error))
    }

    /// Writes everything. Returns `Ready` once the kernel has accepted all of it, or a write has failed.
    pub(crate) fn poll_flush(&mut self) -> Poll<()> {
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

    /// Handles the peer's close frame, and replies to it unless it is itself a reply.
    fn handle_close(&mut self, payload: &Bytes) -> Result<Incoming, Error> {
        let (code, reason) = close::parse(payload)
            .map_err(|invalid| violation_error(invalid.close_code(), invalid.to_string()))?;
        let reason = payload.slice_ref(reason.as_bytes());
        if !self.closing {
            // A failed write is reported once everything is read. The reply is written now, because this turn may find
            // the end of the stream next.
            let _ = self.close((code != close::NO_STATUS).then_some((code, "")));
            let _ = self.poll_flush();
        }
        self.closed = true;
        Ok(Incoming::Close(code, reason))
    }

    fn incoming(message: Message) -> Incoming {
        match message {
            Message::Text(text) => Incoming::Message(Kind::Text, Payload::Owned(text.into())),
            Message::Binary(bytes) => Incoming::Message(Kind::Binary, Payload::Owned(bytes)),
            Message::Pong(bytes) => Incoming::Pong(bytes),
            // Not reached: close frames are cut out before the codec.
            Message::Close(_) => Incoming::End,
            Message::Ping(payload) => Incoming::Ping(payload.len()),
            // Not reached: the codec never returns a raw frame.
            Message::Frame(_) => Incoming::Ping(0),
        }
    }

    fn to_error(&self, error: CodecError) -> Error {
        Error::new(Phase::Open, error_kind(error, self.limit()))
    }

    #[cold]
    fn frame_violation(&self, violation: FrameViolation, window: &[u8]) -> Error {
        match (violation, self.io().inflow().next_bytes(window)) {
            (FrameViolation::TooBig, _) => Error::new(Phase::Open, ErrorKind::TooBig { limit: self.limit() }),
            // The payload of a text is read before it is refused.
            (FrameViolation::NotUtf8, _) | (_, None) => {
                violation_error(violation.close_code(), violation.to_string())
            }
            (_, Some([first, second])) => {
                let message = format!("{violation}, beginning {first:02x} {second:02x}");
                violation_error(violation.close_code(), message)
            }
        }
    }

    fn limit(&self) -> usize {
        self.stream.get_config().max_message_size.unwrap_or(usize::MAX)
    }
}

fn error_kind(error: CodecError, limit: usize) -> ErrorKind {
    match error {
        CodecError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => ErrorKind::Dropped,
        CodecError::Io(error) => ErrorKind::Io(error),
        CodecError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => ErrorKind::Dropped,
        CodecError::Protocol(ProtocolError::SendAfterClosing)
        | CodecError::ConnectionClosed
        | CodecError::AlreadyClosed => ErrorKind::Closing,
        CodecError::Capacity(CapacityError::MessageTooLong { .. }) => ErrorKind::TooBig { limit },
        CodecError::Utf8(_) => ErrorKind::Violation {
            close_code: close::INVALID_PAYLOAD,
            message: FrameViolation::NotUtf8.to_string(),
        },
        other => ErrorKind::Violation {
            close_code: close::PROTOCOL_ERROR,
            message: other.to_string(),
        },
    }
}

fn violation_error(close_code: u16, message: String) -> Error {
    Error::new(Phase::Open, ErrorKind::Violation { close_code, message })
}
