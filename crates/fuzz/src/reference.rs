//! A reference decoder for a stream of frames: simple and slow, with all bytes at hand.

use crate::inflate_all::inflate_all;
use crate::treatment::{Decision, Treatments};
use websocket_rs_protocol::close::{INVALID_PAYLOAD, NO_STATUS, POLICY_VIOLATION, PROTOCOL_ERROR, TOO_BIG};
use websocket_rs_protocol::limits::MAX_FRAGMENTS;

/// An event that a user of the connection sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceivedEvent {
    /// A text message.
    Text(Vec<u8>),
    /// A binary message.
    Binary(Vec<u8>),
    /// A message that was skipped after its start was reported.
    Skipped,
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

/// How many messages were of a kind that needs code of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reached {
    /// Compressed, and complete.
    pub compressed: u32,
    /// Larger than a message that is gathered may be.
    pub held: u32,
    /// Delivered as they arrived, and complete.
    pub streamed: u32,
    /// Dropped, and complete.
    pub skipped: u32,
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
    /// What the messages were.
    pub reached: Reached,
}

#[derive(Clone, Copy)]
struct Header {
    fin: bool,
    reserved: u8,
    opcode: u8,
    masked: bool,
    length: u64,
    size: usize,
}

/// What decoding depends on beside the bytes.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Most bytes of a message that is gathered.
    pub max_message_size: usize,
    /// The stream ends after its bytes.
    pub ended: bool,
    /// permessage-deflate is negotiated.
    pub deflate: Option<Deflate>,
    /// What becomes of each message.
    pub treatments: Treatments,
}

/// What the peer's compressor may do.
#[derive(Debug, Clone, Copy)]
pub struct Deflate {
    /// It resets its context after each message.
    pub no_context_takeover: bool,
    /// The size of its window as a power of two.
    pub window_bits: u8,
}

/// A message of which not all frames have arrived.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // Independent of each other.
struct Message {
    is_text: bool,
    is_compressed: bool,
    /// The payloads of its frames.
    payload: Vec<u8>,
    /// The same, decompressed if it is compressed.
    content: Vec<u8>,
    fragments: u32,
    is_streamed: bool,
    is_skipped: bool,
    /// Its start was not reported.
    is_silent: bool,
}

struct Decoder {
    rules: Rules,
    message: Option<Message>,
    /// The number of messages before the next one.
    index: u64,
    /// What was decompressed before this message and may be referred to.
    history: Vec<u8>,
    decoded: Decoded,
}

/// Decodes all bytes.
pub fn decode(mut bytes: &[u8], rules: Rules) -> Decoded {
    let ended = rules.ended;
    let mut decoder = Decoder {
        rules,
        message: None,
        index: 0,
        history: Vec::new(),
        decoded: Decoded {
            events: Vec::new(),
            pings: Vec::new(),
            outcome: StreamOutcome::Open,
            reached: Reached::default(),
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
            // What has arrived of it may already be refused.
            break match decoder.handle_part(header, &bytes[header.size..]) {
                Ok(()) => unfinished,
                Err(code) => StreamOutcome::Failed(code),
            };
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
    let (fin, reserved, opcode) = (first & 0x80 != 0, first & 0x70, first & 15);
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
            size,
        } = header;
        let is_control = opcode & 8 != 0;
        let is_long = length > 125 || size > 2 + 4 * usize::from(masked);
        if !matches!(opcode, 0..=2 | 8..=10) || (is_control && is_long) || length >> 63 != 0 {
            return Err(PROTOCOL_ERROR);
        }
        let compressed = if self.rules.deflate.is_some() && matches!(opcode, 1 | 2) {
            reserved & 0x40
        } else {
            0
        };
        if reserved != compressed || masked || (is_control && !fin) {
            return Err(PROTOCOL_ERROR);
        }
        if is_control {
            return Ok(());
        }
        if (opcode == 0) != self.message.is_some() {
            return Err(PROTOCOL_ERROR);
        }
        let treatment = self.rules.treatments.of(self.index);
        let message = self.message.get_or_insert_with(|| Message {
            is_text: opcode == 1,
            is_compressed: compressed != 0,
            is_streamed: treatment.is_requested,
            is_skipped: treatment.is_requested && treatment.is_skipped,
            ..Message::default()
        });
        if !message.is_streamed {
            if !fin && message.fragments == MAX_FRAGMENTS {
                return Err(POLICY_VIOLATION);
            }
            message.fragments += 1;
            let size = message.payload.len() as u64 + length;
            if !message.is_compressed && size > self.rules.max_message_size as u64 {
                return self.hold();
            }
        }
        Ok(())
    }

    /// Decides what becomes of a message that is too large.
    fn hold(&mut self) -> Result<(), u16> {
        let treatment = self.rules.treatments.of(self.index);
        let message = self.message.as_mut().expect("a message");
        message.is_streamed = true;
        self.decoded.reached.held += 1;
        match treatment.decision {
            Decision::Refuse => return Err(TOO_BIG),
            Decision::Stream => message.is_skipped = treatment.is_skipped,
            Decision::Skip => (message.is_skipped, message.is_silent) = (true, true),
        }
        Ok(())
    }

    /// Handles a complete frame with a valid header.
    fn handle(&mut self, header: Header, payload: &[u8]) -> Result<(), u16> {
        match header.opcode {
            9 => self.decoded.pings.push(payload.to_vec()),
            10 => self.decoded.events.push(ReceivedEvent::Pong(payload.to_vec())),
            8 => self.decoded.events.push(close(payload)?),
            _ => return self.handle_data(header.fin, payload),
        }
        Ok(())
    }

    /// Handles the bytes of a data frame that have arrived.
    fn handle_part(&mut self, header: Header, part: &[u8]) -> Result<(), u16> {
        if header.opcode & 8 != 0 {
            return Ok(());
        }
        self.add(part, false)?;
        let message = self.message.as_ref().expect("a message");
        if message.is_streamed {
            message.check_text(false)?;
        }
        Ok(())
    }

    /// Adds bytes to the message, and decompresses what it has.
    fn add(&mut self, part: &[u8], is_end: bool) -> Result<(), u16> {
        let message = self.message.as_mut().expect("a message");
        message.payload.extend_from_slice(part);
        if !message.is_compressed {
            message.content.clone_from(&message.payload);
            return Ok(());
        }
        let window = 1 << self.rules.deflate.expect("deflate").window_bits;
        let most = if message.is_streamed {
            usize::MAX
        } else {
            self.rules.max_message_size
        };
        let inflated = inflate_all(&self.history, window, &message.payload, is_end, most);
        match inflated {
            Ok(content) if content.len() > most => {
                message.payload.truncate(message.payload.len() - part.len());
                self.hold()?;
                self.add(part, is_end)
            }
            Ok(content) => {
                message.content = content;
                Ok(())
            }
            Err(()) => Err(INVALID_PAYLOAD),
        }
    }

    fn handle_data(&mut self, fin: bool, payload: &[u8]) -> Result<(), u16> {
        self.add(payload, fin)?;
        self.message.as_ref().expect("a message").check_text(fin)?;
        if !fin {
            return Ok(());
        }
        let message = self.message.take().expect("a message");
        self.index += 1;
        let reached = &mut self.decoded.reached;
        reached.compressed += u32::from(message.is_compressed);
        reached.skipped += u32::from(message.is_skipped);
        reached.streamed += u32::from(message.is_streamed && !message.is_skipped);
        if let (true, Some(deflate)) = (message.is_compressed, self.rules.deflate) {
            self.history.extend_from_slice(&message.content);
            let kept = if deflate.no_context_takeover {
                0
            } else {
                1 << deflate.window_bits
            };
            let surplus = self.history.len().saturating_sub(kept);
            self.history.drain(..surplus);
        }
        match (message.is_skipped, message.is_silent, message.is_text) {
            (true, true, _) => {}
            (true, false, _) => self.decoded.events.push(ReceivedEvent::Skipped),
            (false, _, true) => self.decoded.events.push(ReceivedEvent::Text(message.content)),
            (false, _, false) => self.decoded.events.push(ReceivedEvent::Binary(message.content)),
        }
        Ok(())
    }
}

impl Message {
    /// A character may continue in the next fragment, but an invalid sequence is reported at once.
    fn check_text(&self, fin: bool) -> Result<(), u16> {
        match std::str::from_utf8(&self.content) {
            Err(error) if self.is_text && !self.is_skipped && (fin || error.error_len().is_some()) => {
                Err(INVALID_PAYLOAD)
            }
            _ => Ok(()),
        }
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
