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
        let unfinished = if ended { Outcome::Dropped } else { Outcome::Open };
        let Some(header) = header(bytes) else {
            break unfinished;
        };
        // A header is enough to refuse a frame, whether its payload ever comes or not.
        if let Err(code) = decoder.judge(header) {
            break Outcome::Failed(code);
        }
        let length = usize::try_from(header.length).unwrap_or(usize::MAX);
        let Some(payload) = bytes[header.size..].get(..length) else {
            break unfinished;
        };
        bytes = &bytes[header.size + length..];
        if let Err(code) = decoder.handle(header, payload) {
            break Outcome::Failed(code);
        }
        if matches!(decoder.meaning.heard.last(), Some(Heard::Close(..))) {
            break if ended { Outcome::End } else { Outcome::Open };
        }
    };
    decoder.meaning.outcome = outcome;
    decoder.meaning
}

/// The header at the front of the stream, if all of it is there.
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
    /// The close code that a frame earns by its header.
    fn judge(&mut self, header: Header) -> Result<(), u16> {
        let Header {
            fin,
            reserved,
            opcode,
            masked,
            length,
            ..
        } = header;
        if !matches!(opcode, 0..=2 | 8..=10) || (opcode & 8 != 0 && length > 125) {
            return Err(PROTOCOL_ERROR);
        }
        let most = self.max_message_size as u64;
        // A close frame as it should be is no message, so the limit on messages is not for it.
        if length > most && (opcode != 8 || !fin || reserved || masked) {
            return Err(TOO_BIG);
        }
        if opcode < 8 {
            self.fragments = if fin { 0 } else { self.fragments + 1 };
            if self.fragments > MAX_FRAGMENTS {
                return Err(POLICY_VIOLATION);
            }
        }
        if reserved || masked || (opcode & 8 != 0 && !fin) {
            return Err(PROTOCOL_ERROR);
        }
        match (opcode, &self.message) {
            (0, None) | (1 | 2, Some(_)) => Err(PROTOCOL_ERROR),
            (0, Some((_, message))) if message.len() as u64 + length > most => Err(TOO_BIG),
            _ => Ok(()),
        }
    }

    fn handle(&mut self, header: Header, payload: &[u8]) -> Result<(), u16> {
        match header.opcode {
            9 => self.meaning.pings.push(payload.to_vec()),
            10 => self.meaning.heard.push(Heard::Pong(payload.to_vec())),
            8 => self.meaning.heard.push(close(payload)?),
            opcode => return self.handle_data(header.fin, opcode, payload),
        }
        Ok(())
    }

    fn handle_data(&mut self, fin: bool, opcode: u8, payload: &[u8]) -> Result<(), u16> {
        let (text, mut message) = self.message.take().unwrap_or((opcode == 1, Vec::new()));
        message.extend_from_slice(payload);
        // A character may go on in the next fragment, but what can never become one is told at once.
        if text
            && let Err(error) = std::str::from_utf8(&message)
            && (fin || error.error_len().is_some())
        {
            return Err(INVALID_PAYLOAD);
        }
        match (fin, text) {
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
