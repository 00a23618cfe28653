//! The only file that names tungstenite: messages and frames on one side, bytes on the other.

use crate::error::{Error, ErrorKind, Phase};
use crate::io::Io;
use bytes::Bytes;
use futures_util::{Sink, Stream};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame, FrameHeader};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as CodecError, Message};
use websocket_rs_protocol::close;
use websocket_rs_protocol::limits::MAX_MESSAGE_LIMIT;

/// tungstenite zero-fills its read buffer on every attempt, so it is kept small; one system call
/// fills the driver's much larger scratch above it.
const READ_BUFFER: usize = 1024;

/// Encoded bytes at which the codec hands its buffer to the socket without being flushed.
const WRITE_BUFFER: usize = 128 * 1024;

/// Header bytes of the largest client frame, counted for every frame that is buffered.
const FRAME_HEADER: usize = 14;

/// Something the peer sent.
#[derive(Debug)]
pub(crate) enum Incoming {
    Text(Bytes),
    Binary(Bytes),
    Pong(Bytes),
    /// Answered by the codec; its payload's length.
    Ping(usize),
    /// The peer's close frame: its code, 1005 where it has none, and its reason.
    Close(u16, Bytes),
    /// A close frame with a code that may not be sent. The codec has answered it with 1002.
    InvalidClose,
    /// The TCP connection ended after the closing handshake.
    End,
}

/// Opcode of a data message (RFC 6455 section 5.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// Any bytes.
    Binary,
}

/// The codec over its byte stream. It is polled with a waker that does nothing: readiness comes
/// from the driver.
#[derive(Debug)]
pub(crate) struct Framing {
    stream: WebSocketStream<Io>,
    /// Encoded bytes the codec still holds.
    held: usize,
}

impl Framing {
    pub(crate) async fn new(io: Io, max_message_size: Option<usize>) -> Self {
        let max_message_size = Some(max_message_size.unwrap_or(usize::MAX).min(MAX_MESSAGE_LIMIT));
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER)
            .max_message_size(max_message_size)
            .max_frame_size(max_message_size);
        let stream = WebSocketStream::from_raw_socket(io, Role::Client, Some(config)).await;
        Self { stream, held: 0 }
    }

    pub(crate) fn io(&self) -> &Io {
        self.stream.get_ref()
    }

    pub(crate) fn io_mut(&mut self) -> &mut Io {
        self.stream.get_mut()
    }

    /// Bytes accepted and not yet taken by the kernel.
    pub(crate) fn buffered(&self) -> usize {
        self.held + self.io().socket().unsent()
    }

    /// The next thing the peer sent; `Pending` when its bytes have not arrived yet.
    pub(crate) fn poll_next(&mut self) -> Poll<Result<Incoming, Error>> {
        let mut cx = Context::from_waker(Waker::noop());
        let next = Pin::new(&mut self.stream).poll_next(&mut cx);
        self.note_write();
        next.map(|item| match item {
            Some(Ok(message)) => Ok(incoming(message)),
            Some(Err(error)) => Err(self.judge(error)),
            None => Ok(Incoming::End),
        })
    }

    /// Encodes one unfragmented data frame. The payload is copied before this returns. Text is not
    /// checked: whoever owns the string has made UTF-8 of it.
    pub(crate) fn send(&mut self, kind: Kind, payload: Bytes) -> Result<(), Error> {
        let opcode = OpCode::Data(match kind {
            Kind::Text => Data::Text,
            Kind::Binary => Data::Binary,
        });
        let header = FrameHeader {
            opcode,
            ..FrameHeader::default()
        };
        self.write(Message::Frame(Frame::from_payload(header, payload)))
    }

    pub(crate) fn ping(&mut self, payload: Bytes) -> Result<(), Error> {
        self.write(Message::Ping(payload))
    }

    /// Sends a close frame, once; `None` for one without a code.
    pub(crate) fn close(&mut self, frame: Option<(u16, &str)>) -> Result<(), Error> {
        let frame = frame.map(|(code, reason)| CloseFrame {
            code: CloseCode::from(code),
            reason: reason.into(),
        });
        self.write(Message::Close(frame))
    }

    fn write(&mut self, message: Message) -> Result<(), Error> {
        let length = message.len() + FRAME_HEADER;
        self.held += length;
        let written = Pin::new(&mut self.stream).start_send(message);
        if written.is_err() {
            self.held -= length;
        }
        self.note_write();
        written.map_err(|error| self.judge(error))
    }

    /// Hands everything down. `Ready` when the kernel has taken it all.
    pub(crate) fn poll_flush(&mut self) -> Poll<Result<(), Error>> {
        let mut cx = Context::from_waker(Waker::noop());
        let flushed = Pin::new(&mut self.stream).poll_flush(&mut cx);
        self.note_write();
        flushed.map(|done| {
            // Whatever it says, the codec has nothing more to hand down.
            self.held = 0;
            done.map_err(|error| self.judge(error))
        })
    }

    fn note_write(&mut self) {
        if self.io_mut().take_wrote() {
            self.held = 0;
        }
    }

    fn judge(&self, error: CodecError) -> Error {
        let limit = self.stream.get_config().max_message_size.unwrap_or(usize::MAX);
        Error::new(Phase::Open, error_kind(error, limit))
    }
}

fn incoming(message: Message) -> Incoming {
    match message {
        Message::Text(text) => Incoming::Text(text.into()),
        Message::Binary(bytes) => Incoming::Binary(bytes),
        Message::Pong(bytes) => Incoming::Pong(bytes),
        Message::Close(None) => Incoming::Close(close::NO_STATUS, Bytes::new()),
        Message::Close(Some(frame)) if is_invalid(&frame) => Incoming::InvalidClose,
        Message::Close(Some(frame)) => Incoming::Close(frame.code.into(), frame.reason.into()),
        Message::Ping(payload) => Incoming::Ping(payload.len()),
        // The codec never hands a bare frame to a reader.
        Message::Frame(_) => Incoming::Ping(0),
    }
}

/// For a close code that may not be sent the codec puts its own answer in the frame's place, unless
/// this side closed first.
fn is_invalid(frame: &CloseFrame) -> bool {
    let verdict = frame.code == CloseCode::Protocol && frame.reason.as_str() == "Protocol violation";
    verdict || !close::is_sendable(frame.code.into())
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
            message: "text message is not UTF-8 (RFC 6455 section 8.1)".into(),
        },
        other => ErrorKind::Violation {
            close_code: close::PROTOCOL_ERROR,
            message: other.to_string(),
        },
    }
}
