//! A reference decoder for a stream of frames: simple and slow, with all bytes at hand.

use websocket_rs_protocol::close::{INVALID_PAYLOAD, NO_STATUS, POLICY_VIOLATION, PROTOCOL_ERROR, TOO_BIG};
use websocket_rs_protocol::limits::MAX_FRAGMENTS;

/// An event that a user of the connection sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceivedEvent {
    /// A text message.
    Text(Vec<u8>),
    /// A binary message.
    Binary(Vec<u8>),
    /// A pong.
    Pong(Vec<u8>),
    /// A close frame with its code and reason.
    Close(u16, Vec<u8>),
}

/// How a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamOutcome {
    /// It has not ended: more bytes may follow.
    Open,
    /// It ended after a close frame.
    End,
    /// It ended without a close frame.
    Dropped,
    /// The peer broke the protocol; the connection fails with this close code.
    Failed(u16),
}

/// The result of decoding a stream.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The events a user sees, in order.
    pub events: Vec<ReceivedEvent>,
    /// The payloads of the pings to answer, in order.
    pub pings: Vec<Vec<u8>>,
    /// How the stream ends.
    pub outcome: StreamOutcome,
}

#[derive(Clone, Copy)]
struct Header {
    fin: bool,
    reserved: bool,
    opcode: u8,
    masked: bool,
    length: u64,
    size: usize,
}

struct Decoder {
    max_message_size: usize,
    /// The fragmented message so far: whether it is text, and its payload.
    message: Option<(bool, Vec<u8>)>,
    fragments: u32,
    decoded: Decoded,
}

/// Decodes all bytes. `ended` says whether the stream ends after them.
pub fn decode(mut bytes: &[u8], max_message_size: usize, ended: bool) -> Decoded {
    let mut decoder = Decoder {
        max_message_size,
        message: None,
        fragments: 0,
        decoded: Decoded {
            events: Vec::new(),
            pings: Vec::new(),
            outcome: StreamOutcome::Open,
        },
    };
    let outcome = loop {
        let unfinished = if ended {
            StreamOutcome::Dropped
        } else {
            StreamOutcome::Open
        };
        let Some(header) = header(bytes) else {
            break unfinished;
        };
        // A frame can be rejected by its header, before its payload arrives.
        if let Err(code) = decoder.judge(header) {
            break StreamOutcome::Failed(code);
        }
        let length = usize::try_from(header.length).unwrap_or(usize::MAX);
        let Some(payload) = bytes[header.size..].get(..length) else {
            break unfinished;
        };
        bytes = &bytes[header.size + length..];
        if let Err(code) = decoder.handle(header, payload) {
            break StreamOutcome::Failed(code);
        }
        if matches!(decoder.decoded.events.last(), Some(ReceivedEvent::Close(..))) {
            break if ended {
                StreamOutcome::End
            } else {
                StreamOutcome::Open
            };
        }
    };
    decoder.decoded.outcome = outcome;
    decoder.decoded
}

/// Parses the header at the front of the bytes, or returns `None` if it is incomplete.
fn header(bytes: &[u8]) -> Option<Header> {
    let &[first, second, ..] = bytes else {
        return None;
    };
    let masked = second > 127;
    let extended = match second & 127 {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let size = 2 + extended + 4 * usize::from(masked);
    if bytes.len() < size {
        return None;
    }
    let length = match extended {
        0 => u64::from(second & 127),
        _ => bytes[2..2 + extended]
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    };
    let (fin, reserved, opcode) = (first & 0x80 != 0, first & 0x70 != 0, first & 15);
    Some(Header {
        fin,
        reserved,
        opcode,
        masked,
        length,
        size,
    })
}

impl Decoder {
    /// Returns an error with the close code if the header breaks the protocol.
    fn judge(&mut self, header: Header) -> Result<(), u16> {
        let Header {
            fin,
            reserved,
            opcode,
            masked,
            length,
            ..
        } = header;
        let is_control = opcode & 8 != 0;
        if !matches!(opcode, 0..=2 | 8..=10) || (is_control && length > 125) || length >> 63 != 0 {
            return Err(PROTOCOL_ERROR);
        }
        if reserved || masked || (is_control && !fin) {
            return Err(PROTOCOL_ERROR);
        }
        if is_control {
            return Ok(());
        }
        if (opcode == 0) != self.message.is_some() {
            return Err(PROTOCOL_ERROR);
        }
        self.fragments = if fin { 0 } else { self.fragments + 1 };
        if self.fragments > MAX_FRAGMENTS {
            return Err(POLICY_VIOLATION);
        }
        let before = self.message.as_ref().map_or(0, |(_, message)| message.len());
        if before as u64 + length > self.max_message_size as u64 {
            return Err(TOO_BIG);
        }
        Ok(())
    }

    /// Handles a complete frame with a valid header.
    fn handle(&mut self, header: Header, payload: &[u8]) -> Result<(), u16> {
        match header.opcode {
            9 => self.decoded.pings.push(payload.to_vec()),
            10 => self.decoded.events.push(ReceivedEvent::Pong(payload.to_vec())),
            8 => self.decoded.events.push(close(payload)?),
            opcode => return self.handle_data(header.fin, opcode, payload),
        }
        Ok(())
    }

    fn handle_data(&mut self, fin: bool, opcode: u8, payload: &[u8]) -> Result<(), u16> {
        let (text, mut message) = self.message.take().unwrap_or((opcode == 1, Vec::new()));
        message.extend_from_slice(payload);
        // A character may continue in the next fragment, but an invalid sequence is reported at once.
        if text
            && let Err(error) = std::str::from_utf8(&message)
            && (fin || error.error_len().is_some())
        {
            return Err(INVALID_PAYLOAD);
        }
        match (fin, text) {
            (false, _) => self.message = Some((text, message)),
            (true, true) => self.decoded.events.push(ReceivedEvent::Text(message)),
            (true, false) => self.decoded.events.push(ReceivedEvent::Binary(message)),
        }
        Ok(())
    }
}

/// Parses the payload of a close frame.
fn close(payload: &[u8]) -> Result<ReceivedEvent, u16> {
    let [high, low, reason @ ..] = payload else {
        return if payload.is_empty() {
            Ok(ReceivedEvent::Close(NO_STATUS, Vec::new()))
        } else {
            Err(PROTOCOL_ERROR)
        };
    };
    let code = u16::from_be_bytes([*high, *low]);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(PROTOCOL_ERROR);
    }
    std::str::from_utf8(reason).map_err(|_| INVALID_PAYLOAD)?;
    Ok(ReceivedEvent::Close(code, reason.to_vec()))
}
