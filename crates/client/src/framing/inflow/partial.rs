//! A message that is received in parts: it is fragmented, larger than a window, incomplete at the end of a turn, or
//! delivered as it arrives.

use super::direct::DirectPayload;
use super::step::{Payload, Step};
use super::text::{check_next, valid_prefix};
use super::violation::FrameViolation;
use crate::payload_memory::PayloadMemory;
use crate::transport::Stream;
use std::io;
use std::task::Poll;
use websocket_rs_protocol::frame::{FrameHeader, Kind};

/// Memory that is reserved for a payload in advance. A header can announce any length.
const RESERVE: usize = 1024 * 1024;

/// Missing bytes from which a payload is read directly into its memory, rather than through the window.
const READ_DIRECTLY: usize = 4 * 1024;

/// What becomes of the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// It is gathered, and delivered when the message is complete.
    Whole,
    /// It is larger than a message may be. Nothing more is taken until the program has decided.
    Held {
        /// The program has been told.
        is_reported: bool,
    },
    /// It is delivered as it arrives.
    Streamed {
        /// The program has been told that the message begins.
        is_announced: bool,
    },
    /// It is dropped.
    Skipped {
        /// The program has been told that the message begins.
        is_announced: bool,
    },
}

/// How far a compressed message is (RFC 7692 section 7.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deflated {
    /// Its frames are decompressed.
    Data {
        /// The decompressor may have more output without more input.
        has_more: bool,
    },
    /// All of its frames have been decompressed, and its end is next.
    Tail,
    /// It is decompressed.
    Ended,
}

/// The frame that is being received.
#[derive(Debug, Clone, Copy)]
struct CurrentFrame {
    /// Bytes that have not arrived.
    missing: u64,
    /// It is the last one of its message.
    is_last: bool,
    /// It is read directly into the payload.
    is_direct: bool,
}

/// A message of which a part has arrived.
#[derive(Debug)]
pub(super) struct PartialMessage {
    kind: Kind,
    /// `None` if it is not compressed.
    deflated: Option<Deflated>,
    delivery: Delivery,
    /// `None` between frames.
    frame: Option<CurrentFrame>,
    /// Frames that count toward the limit.
    fragments: u32,
    /// What is gathered; of a stream, what is not delivered yet. Empty while there is a direct payload.
    payload: Vec<u8>,
    /// What is gathered of a large message in one frame.
    direct: Option<DirectPayload>,
    /// The front of a gathered text that has been checked.
    checked: usize,
    /// The payload may have something for a stream.
    has_chunk: bool,
}

impl PartialMessage {
    pub(super) fn new(kind: Kind, is_compressed: bool, is_streamed: bool) -> Self {
        let delivery = if is_streamed {
            Delivery::Streamed { is_announced: false }
        } else {
            Delivery::Whole
        };
        Self {
            kind,
            deflated: is_compressed.then_some(Deflated::Data { has_more: false }),
            delivery,
            frame: None,
            fragments: 0,
            payload: Vec::new(),
            direct: None,
            checked: 0,
            has_chunk: false,
        }
    }

    /// Begins a frame, of which only the header has been taken. Holds the message if it is then larger than `most`.
    /// `memory` is for large payloads.
    pub(super) fn begin_frame(&mut self, header: FrameHeader, most: u64, memory: Option<&PayloadMemory>) {
        let gathered = self.payload.len() as u64;
        self.frame = Some(CurrentFrame {
            missing: header.length,
            is_last: header.fin,
            // Growing the payload by each of many small fragments would copy it as often.
            is_direct: header.length >= gathered,
        });
        if self.delivery != Delivery::Whole {
            return;
        }
        self.fragments += 1;
        if self.deflated.is_some() {
            return;
        }
        if gathered.saturating_add(header.length) > most {
            self.hold();
        } else if gathered == 0 {
            self.direct = DirectPayload::new(header, self.kind, memory);
            if self.direct.is_none() {
                self.payload = Vec::with_capacity(self.missing().min(RESERVE));
            }
        }
    }

    /// Continues to gather in memory that grows.
    fn end_direct(&mut self) {
        if let Some(direct) = self.direct.take() {
            self.payload = direct.into_bytes();
        }
    }

    fn hold(&mut self) {
        self.delivery = Delivery::Held { is_reported: false };
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn deflated(&self) -> Option<Deflated> {
        self.deflated
    }

    pub(super) fn set_deflated(&mut self, deflated: Deflated) {
        self.deflated = Some(deflated);
    }

    /// Whether the current frame is the last one.
    pub(super) fn is_within_last_frame(&self) -> bool {
        self.frame.is_some_and(|frame| frame.is_last)
    }

    /// Returns how many bytes may be decompressed at once: a message that is gathered is found to be too large by one
    /// byte more than `most`.
    pub(super) fn room(&self, most: usize) -> usize {
        match self.delivery {
            Delivery::Whole => (most + 1).saturating_sub(self.payload.len()),
            _ => usize::MAX,
        }
    }

    /// Returns how many bytes are gathered, or `None` if the message is not gathered.
    pub(super) fn gathered(&self) -> Option<usize> {
        (self.delivery == Delivery::Whole).then_some(self.payload.len())
    }

    pub(super) fn payload_mut(&mut self) -> &mut Vec<u8> {
        &mut self.payload
    }

    /// Handles that the payload has grown. Returns what a stream can be given of it. Holds a gathered message that is
    /// larger than `most`.
    pub(super) fn handle_inflated(&mut self, most: usize) -> Option<Step> {
        match self.delivery {
            Delivery::Streamed { .. } => return self.take_chunk(),
            Delivery::Skipped { .. } => self.payload.clear(),
            Delivery::Whole if self.payload.len() > most => self.hold(),
            Delivery::Whole | Delivery::Held { .. } => {}
        }
        None
    }

    pub(super) fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// Returns the number of frames that count toward the limit: none of a message that is not gathered.
    pub(super) fn fragments(&self) -> u32 {
        self.fragments
    }

    /// Whether the next frame cannot be begun yet: the current one is incomplete, or an event is due.
    pub(super) fn is_busy(&self) -> bool {
        self.frame.is_some()
            || self.has_chunk
            || matches!(
                self.delivery,
                Delivery::Held { .. } | Delivery::Streamed { is_announced: false }
            )
    }

    /// Whether nothing is taken until the program has decided.
    pub(super) fn is_held(&self) -> bool {
        matches!(self.delivery, Delivery::Held { .. })
    }

    /// Whether the rest of the current frame is probably on its way.
    pub(super) fn is_within_frame(&self) -> bool {
        self.frame.is_some() && !self.is_held()
    }

    /// Has the message delivered as it arrives. Returns `false` if it already is, or is skipped.
    pub(super) fn stream(&mut self) -> bool {
        if !matches!(self.delivery, Delivery::Whole | Delivery::Held { .. }) {
            return false;
        }
        self.end_direct();
        self.delivery = Delivery::Streamed { is_announced: false };
        true
    }

    /// Drops the rest of a message that is held or streamed; one whose stream is not announced is gathered again, or held
    /// if it is larger than `most`. Returns `false` for one that is gathered.
    pub(super) fn skip(&mut self, most: u64) -> bool {
        let is_announced = match self.delivery {
            Delivery::Whole => return false,
            Delivery::Streamed { is_announced: false } => {
                self.gather_again(most);
                return true;
            }
            Delivery::Held { .. } => false,
            Delivery::Streamed { is_announced } | Delivery::Skipped { is_announced } => is_announced,
        };
        self.delivery = Delivery::Skipped { is_announced };
        self.payload = Vec::new();
        self.has_chunk = false;
        true
    }

    fn gather_again(&mut self, most: u64) {
        self.delivery = Delivery::Whole;
        // A compressed payload is measured when it is decompressed.
        let missing = if self.deflated.is_none() {
            self.missing()
        } else {
            0
        };
        if self.payload.len().saturating_add(missing) as u64 > most {
            self.hold();
        }
    }

    /// Returns the event that is due before more of the message is taken; `Pending` while it is held.
    pub(super) fn take_due(&mut self) -> Option<Poll<Step>> {
        match &mut self.delivery {
            Delivery::Held { is_reported: true } => return Some(Poll::Pending),
            Delivery::Held { is_reported } => {
                *is_reported = true;
                return Some(Poll::Ready(Step::Held));
            }
            Delivery::Streamed { is_announced } if !*is_announced => {
                *is_announced = true;
                self.has_chunk = true;
                self.fragments = 0;
                return Some(Poll::Ready(Step::StreamStart(self.kind)));
            }
            _ => {}
        }
        std::mem::take(&mut self.has_chunk)
            .then(|| self.take_chunk())
            .flatten()
            .map(Poll::Ready)
    }

    /// Returns what a stream can be given of the payload, up to the end of a character, or a violation.
    pub(super) fn take_chunk(&mut self) -> Option<Step> {
        let end = match self.kind {
            Kind::Binary => self.payload.len(),
            Kind::Text => match valid_prefix(&self.payload) {
                Ok(end) => end,
                Err(violation) => return Some(Step::Violation(violation)),
            },
        };
        let rest = self.payload.split_off(end);
        // What follows the chunk may be an invalid sequence.
        self.has_chunk = end > 0 && !rest.is_empty();
        let chunk = std::mem::replace(&mut self.payload, rest);
        (end > 0).then(|| Step::Chunk(self.kind, Payload::Owned(chunk)))
    }

    /// Whether a stream has the first bytes of a character that has to be completed.
    pub(super) fn is_within_character(&self) -> bool {
        !self.payload.is_empty()
    }

    /// Bytes of the current frame that have not arrived.
    pub(super) fn missing(&self) -> usize {
        let missing = self.frame.map_or(0, |frame| frame.missing);
        usize::try_from(missing).unwrap_or(usize::MAX)
    }

    /// Returns the front of `bytes` that belongs to the current frame.
    pub(super) fn part<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(..self.missing()).unwrap_or(bytes)
    }

    /// Notes that bytes of the current frame have been taken.
    pub(super) fn advance(&mut self, count: usize) {
        if let Some(frame) = &mut self.frame {
            frame.missing = frame.missing.saturating_sub(count as u64);
        }
    }

    /// Adds bytes of the current frame to the payload.
    pub(super) fn gather(&mut self, part: &[u8]) {
        match &mut self.direct {
            Some(direct) => direct.fill(part),
            None => self.payload.extend_from_slice(part),
        }
        self.advance(part.len());
    }

    /// Reads once into the memory of the payload, never past the end of the frame, because what follows belongs in the
    /// window. Returns `None` if the missing bytes should be read through the window.
    pub(super) fn poll_read(&mut self, stream: &mut Stream) -> Option<Poll<io::Result<usize>>> {
        if self.missing() < READ_DIRECTLY {
            return None;
        }
        if let Some(direct) = &mut self.direct {
            let read = stream.poll_window(direct.rest());
            if let Poll::Ready(Ok(count)) = read {
                direct.advance(count);
                self.advance(count);
            }
            return Some(read);
        }
        let is_direct = self.frame.is_some_and(|frame| frame.is_direct);
        if !is_direct || !stream.can_append() {
            return None;
        }
        let (gathered, missing) = (self.payload.len(), self.missing());
        self.payload.reserve_exact(missing.min(RESERVE.max(gathered)));
        if self.payload.capacity() - gathered > missing {
            return None;
        }
        let read = stream.poll_append(&mut self.payload);
        self.advance(self.payload.len() - gathered);
        Some(read)
    }

    /// Ends the current frame, which has arrived completely. Returns whether the message is complete, or a violation: a
    /// text is checked with each frame.
    pub(super) fn end_frame(&mut self) -> Result<bool, FrameViolation> {
        let is_last = self.frame.take().is_some_and(|frame| frame.is_last);
        if self.kind == Kind::Text {
            self.end_direct();
            match self.delivery {
                Delivery::Whole => check_next(&self.payload, &mut self.checked, is_last)?,
                Delivery::Streamed { .. } if is_last && self.is_within_character() => {
                    return Err(FrameViolation::NotUtf8);
                }
                _ => {}
            }
        }
        Ok(is_last)
    }

    /// Returns the last event of a complete message.
    pub(super) fn into_step(self) -> Step {
        match self.delivery {
            Delivery::Streamed { .. } | Delivery::Skipped { is_announced: true } => Step::StreamEnd,
            Delivery::Skipped { is_announced: false } => Step::Skipped,
            Delivery::Whole | Delivery::Held { .. } => {
                let direct = self.direct.map(DirectPayload::into_payload);
                let payload = direct.unwrap_or(Payload::Owned(self.payload));
                Step::Message(self.kind, payload)
            }
        }
    }
}
