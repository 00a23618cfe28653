//! What a stream of frames means, decoded in the plainest way: all bytes are there, nothing is fast.

use websocket_rs_protocol::close::{INVALID_PAYLOAD, NO_STATUS, POLICY_VIOLATION, PROTOCOL_ERROR, TOO_BIG};
use websocket_rs_protocol::limits::MAX_FRAGMENTS;

/// Something a user hears of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A text message.
    Text(Vec<u8>),
    /// A binary message.
    Binary(Vec<u8>),
    /// A pong.
    Pong(Vec<u8>),
    /// The close frame.
    Close(u16, Vec<u8>),
}

/// How a stream goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// More may come.
    Open,
    /// The stream ended after a close frame.
    End,
    /// The stream ended without one.
    Dropped,
    /// The peer broke a rule, which has this close code.
    Failed(u16),
}

/// All that comes of a stream.
#[derive(Debug, PartialEq, Eq)]
pub struct Meaning {
    /// What a user hears, in order.
    pub heard: Vec<Heard>,
    /// The pings that are to be answered, in order.
    pub pings: Vec<Vec<u8>>,
    /// What comes then.
    pub outcome: Outcome,
}

#[derive(Clone, Copy)]
struct Frame<'a> {
    fin: bool,
    reserved: bool,
    opcode: u8,
    masked: bool,
    payload: &'a [u8],
}

/// What may come of a look at the front of the stream.
enum Front<'a> {
    Frame(Frame<'a>, usize),
    NotWhole,
    Failed(u16),
}

struct Decoder {
    max_message_size: usize,
    /// Whether the message that comes in fragments is text, and what there is of it.
    message: Option<(bool, Vec<u8>)>,
    fragments: u32,
    meaning: Meaning,
}

/// The meaning of all of these bytes; `ended` is whether the stream ends behind them.
pub fn decode(mut bytes: &[u8], max_message_size: usize, ended: bool) -> Meaning {
    let mut decoder = Decoder {
        max_message_size,
        message: None,
        fragments: 0,
        meaning: Meaning {
            heard: Vec::new(),
            pings: Vec::new(),
            outcome: Outcome::Open,
        },
    };
    let outcome = loop {
        match front(bytes, max_message_size) {
            Front::Failed(code) => break Outcome::Failed(code),
            Front::NotWhole if ended => break Outcome::Dropped,
            Front::NotWhole => break Outcome::Open,
            Front::Frame(frame, length) => {
                bytes = &bytes[length..];
                if let Err(code) = decoder.handle(frame) {
                    break Outcome::Failed(code);
                }
                if matches!(decoder.meaning.heard.last(), Some(Heard::Close(..))) {
                    break if ended { Outcome::End } else { Outcome::Open };
                }
            }
        }
    };
    decoder.meaning.outcome = outcome;
    decoder.meaning
}

/// An opcode that nobody knows and a length that is too great are told by the header alone, where
/// control frames have a limit of their own.
fn front(bytes: &[u8], max_message_size: usize) -> Front<'_> {
    let &[first, second, ..] = bytes else {
        return Front::NotWhole;
    };
    let masked = second > 127;
    let extended = match second & 127 {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let start = 2 + extended + 4 * usize::from(masked);
    if bytes.len() < start {
        return Front::NotWhole;
    }
    let length = match extended {
        0 => u64::from(second & 127),
        _ => bytes[2..2 + extended]
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    };
    if !matches!(first & 15, 0..=2 | 8..=10) {
        return Front::Failed(PROTOCOL_ERROR);
    }
    if first & 8 != 0 && length > 125 {
        return Front::Failed(PROTOCOL_ERROR);
    }
    let length = match usize::try_from(length) {
        // A close frame as it should be is no message, so the limit on messages is not for it.
        Ok(length) if length <= max_message_size || (first == 0x88 && !masked) => length,
        _ => return Front::Failed(TOO_BIG),
    };
    let Some(payload) = bytes[start..].get(..length) else {
        return Front::NotWhole;
    };
    let (fin, reserved, opcode) = (first & 0x80 != 0, first & 0x70 != 0, first & 15);
    Front::Frame(
        Frame {
            fin,
            reserved,
            opcode,
            masked,
            payload,
        },
        start + length,
    )
}

impl Decoder {
    fn handle(&mut self, frame: Frame<'_>) -> Result<(), u16> {
        if frame.opcode < 8 {
            self.fragments = if frame.fin { 0 } else { self.fragments + 1 };
            if self.fragments > MAX_FRAGMENTS {
                return Err(POLICY_VIOLATION);
            }
        }
        if frame.reserved || frame.masked {
            return Err(PROTOCOL_ERROR);
        }
        if frame.opcode < 8 {
            self.handle_data(frame)
        } else {
            self.handle_control(frame)
        }
    }

    fn handle_control(&mut self, frame: Frame<'_>) -> Result<(), u16> {
        if !frame.fin || frame.payload.len() > 125 {
            return Err(PROTOCOL_ERROR);
        }
        let payload = frame.payload.to_vec();
        match frame.opcode {
            9 => self.meaning.pings.push(payload),
            10 => self.meaning.heard.push(Heard::Pong(payload)),
            _ => self.meaning.heard.push(close(frame.payload)?),
        }
        Ok(())
    }

    fn handle_data(&mut self, frame: Frame<'_>) -> Result<(), u16> {
        let (text, mut message) = match (frame.opcode, self.message.take()) {
            (0, Some(message)) => message,
            (0, None) | (_, Some(_)) => return Err(PROTOCOL_ERROR),
            (opcode, None) => (opcode == 1, Vec::new()),
        };
        if message.len() + frame.payload.len() > self.max_message_size {
            return Err(TOO_BIG);
        }
        message.extend_from_slice(frame.payload);
        // A character may go on in the next fragment, but what can never become one is told at once.
        if text
            && let Err(error) = std::str::from_utf8(&message)
            && (frame.fin || error.error_len().is_some())
        {
            return Err(INVALID_PAYLOAD);
        }
        match (frame.fin, text) {
            (false, _) => self.message = Some((text, message)),
            (true, true) => self.meaning.heard.push(Heard::Text(message)),
            (true, false) => self.meaning.heard.push(Heard::Binary(message)),
        }
        Ok(())
    }
}

fn close(payload: &[u8]) -> Result<Heard, u16> {
    let [high, low, reason @ ..] = payload else {
        return if payload.is_empty() {
            Ok(Heard::Close(NO_STATUS, Vec::new()))
        } else {
            Err(PROTOCOL_ERROR)
        };
    };
    let code = u16::from_be_bytes([*high, *low]);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(PROTOCOL_ERROR);
    }
    std::str::from_utf8(reason).map_err(|_| INVALID_PAYLOAD)?;
    Ok(Heard::Close(code, reason.to_vec()))
}
