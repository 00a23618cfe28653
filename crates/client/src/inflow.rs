//! Bytes from the peer: whole, plain data messages are cut out here, everything else is the codec's.
//!
//! Most of what a busy connection receives are unfragmented data frames. Sending those through the
//! codec costs a copy and a good deal of bookkeeping for each, so they are handed on as they lie in
//! the window the driver lends. What is not as plain as that (control frames, fragments, reserved
//! bits, a mask, too great a length, whatever follows a close frame) passes to the codec unchanged and
//! frame by frame, so the two never disagree on where a frame begins.

use crate::io::Stream;
use bytes::Bytes;
use std::io;
use std::ops::Range;
use std::task::{Poll, ready};
use tokio::io::ReadBuf;
use websocket_rs_protocol::frame::{FrameHeader, Kind, Opcode};

/// Memory set aside for a payload before its bytes are there. A header may announce any length.
const RESERVE: usize = 1024 * 1024;

/// Missing bytes from which a payload is read to where it stays, rather than through the window.
const READ_DIRECTLY: usize = 128 * 1024;

/// Says that all that comes is for the codec.
const ALL: u64 = u64::MAX;

/// Where a payload is.
#[derive(Debug)]
pub enum Payload {
    /// In the window, until the next event or the end of the turn.
    Window(Range<usize>),
    /// In memory of its own.
    Owned(Bytes),
}

/// What there is to do next.
#[derive(Debug)]
pub(crate) enum Step {
    /// A whole message.
    Message(Kind, Payload),
    /// A whole text message that is not UTF-8.
    NotUtf8,
    /// The codec is to be asked: bytes are here for it, or an end it has to judge.
    Codec,
}

/// A message that has begun to arrive.
#[derive(Debug)]
struct Partial {
    kind: Kind,
    length: usize,
    payload: Vec<u8>,
}

/// Bytes read and not yet taken.
#[derive(Debug)]
pub(crate) struct Inflow {
    max_message_size: u64,
    /// Lent by the driver for a turn; empty between turns.
    window: Vec<u8>,
    unread: Range<usize>,
    /// What was unread when the window was taken back.
    leftover: Vec<u8>,
    /// Bytes the codec is to get before the next frame begins.
    for_codec: u64,
    /// The codec is putting the fragments of a message together.
    fragmented: bool,
    partial: Option<Partial>,
    error: Option<io::Error>,
}

impl Inflow {
    /// `prefix` is what the server sent right behind its handshake response.
    pub(crate) fn new(mut prefix: Vec<u8>, max_message_size: usize) -> Self {
        // It is what was left of a buffer of some KiB, and mostly nothing.
        prefix.shrink_to_fit();
        Self {
            max_message_size: max_message_size as u64,
            window: Vec::new(),
            unread: 0..0,
            leftover: prefix,
            for_codec: 0,
            fragmented: false,
            partial: None,
            error: None,
        }
    }

    /// Takes the driver's window, of at least `size` bytes.
    pub(crate) fn lend(&mut self, mut window: Vec<u8>, size: usize) {
        let size = size.max(self.leftover.len());
        if window.len() < size {
            window.resize(size, 0);
        }
        let leftover = std::mem::take(&mut self.leftover);
        if let Some(front) = window.get_mut(..leftover.len()) {
            front.copy_from_slice(&leftover);
        }
        self.unread = 0..leftover.len();
        self.window = window;
    }

    /// Gives the window back and keeps what is unread.
    pub(crate) fn reclaim(&mut self) -> Vec<u8> {
        self.leftover = self.unread().to_vec();
        self.unread = 0..0;
        std::mem::take(&mut self.window)
    }

    /// The bytes of a payload.
    pub(crate) fn bytes<'a>(&'a self, payload: &'a Payload) -> &'a [u8] {
        match payload {
            Payload::Window(range) => self.window.get(range.clone()).unwrap_or_default(),
            Payload::Owned(bytes) => bytes,
        }
    }

    /// Whether the codec has been given all of the frames that are its.
    pub(crate) fn is_between_frames(&self) -> bool {
        self.for_codec == 0
    }

    /// What is next; `Pending` when it has not arrived yet.
    pub(crate) fn poll_step(&mut self, stream: &mut Stream) -> Poll<Step> {
        loop {
            if self.for_codec > 0 {
                return Poll::Ready(Step::Codec);
            }
            if self.partial.is_some() {
                match ready!(self.poll_partial(stream)) {
                    Some(step) => return Poll::Ready(step),
                    None => continue,
                }
            }
            let Some(header) = FrameHeader::parse(self.unread()) else {
                ready!(self.fill(stream));
                continue;
            };
            if let Some(step) = self.judge(header) {
                return Poll::Ready(step);
            }
        }
    }

    /// Serves the codec, up to the end of the frame that is its.
    pub(crate) fn poll_codec(&mut self, stream: &mut Stream, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.for_codec == 0 {
            return Poll::Pending;
        }
        if self.unread.is_empty() && self.error.is_none() {
            ready!(self.fill(stream));
        }
        if self.unread.is_empty() {
            return Poll::Ready(self.error.take().map_or(Ok(()), Err));
        }
        let frame = usize::try_from(self.for_codec).unwrap_or(usize::MAX);
        let count = buf.remaining().min(frame).min(self.unread.len());
        buf.put_slice(self.unread().get(..count).unwrap_or_default());
        self.unread.start += count;
        if self.for_codec != ALL {
            self.for_codec -= count as u64;
        }
        Poll::Ready(Ok(()))
    }

    fn unread(&self) -> &[u8] {
        self.window.get(self.unread.clone()).unwrap_or_default()
    }

    /// Whose a frame is. None where its message begins to be put together here.
    fn judge(&mut self, header: FrameHeader) -> Option<Step> {
        let plain = header.fin && !header.reserved && !header.masked && !self.fragmented;
        let kind = match header.opcode {
            Opcode::Text => Kind::Text,
            Opcode::Binary => Kind::Binary,
            _ => return Some(self.give_to_codec(header)),
        };
        match usize::try_from(header.length) {
            Ok(length) if plain && header.length <= self.max_message_size => {
                self.unread.start += header.size;
                self.take_message(kind, length)
            }
            _ => Some(self.give_to_codec(header)),
        }
    }

    fn give_to_codec(&mut self, header: FrameHeader) -> Step {
        match header.opcode {
            Opcode::Close => self.for_codec = ALL,
            Opcode::Control(_) => self.for_codec = frame_length(header),
            _ => {
                self.fragmented = !header.fin;
                self.for_codec = frame_length(header);
            }
        }
        Step::Codec
    }

    fn take_message(&mut self, kind: Kind, length: usize) -> Option<Step> {
        if self.unread.len() >= length {
            let payload = self.unread.start..self.unread.start + length;
            self.unread.start = payload.end;
            return Some(self.check(kind, Payload::Window(payload)));
        }
        self.partial = Some(Partial {
            kind,
            length,
            payload: Vec::with_capacity(length.min(RESERVE)),
        });
        None
    }

    fn check(&self, kind: Kind, payload: Payload) -> Step {
        if kind == Kind::Text && simdutf8::basic::from_utf8(self.bytes(&payload)).is_err() {
            return Step::NotUtf8;
        }
        Step::Message(kind, payload)
    }

    /// Reads on for the message that has begun; none where the window has to be looked at again.
    fn poll_partial(&mut self, stream: &mut Stream) -> Poll<Option<Step>> {
        let Some(partial) = &mut self.partial else {
            return Poll::Ready(None);
        };
        let part = self.window.get(self.unread.clone()).unwrap_or_default();
        let missing = partial.length - partial.payload.len();
        let part = part.get(..missing.min(part.len())).unwrap_or_default();
        partial.payload.extend_from_slice(part);
        self.unread.start += part.len();
        let missing = missing - part.len();
        if missing == 0 {
            let whole = self.partial.take();
            return Poll::Ready(
                whole.map(|whole| self.check(whole.kind, Payload::Owned(whole.payload.into()))),
            );
        }
        if missing < READ_DIRECTLY || !stream.can_append() {
            ready!(self.fill(stream));
            return Poll::Ready(None);
        }
        // Never past the end of the payload: what follows belongs in the window.
        partial
            .payload
            .reserve_exact(missing.min(RESERVE.max(partial.payload.len())));
        if partial.payload.capacity() > partial.length {
            ready!(self.fill(stream));
            return Poll::Ready(None);
        }
        let read = ready!(stream.poll_append(&mut partial.payload));
        self.note_read(read);
        Poll::Ready(None)
    }

    /// Reads into the window once.
    fn fill(&mut self, stream: &mut Stream) -> Poll<()> {
        if self.unread.start > 0 {
            self.window.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
        }
        let room = self.window.get_mut(self.unread.end..).unwrap_or_default();
        if room.is_empty() {
            return Poll::Pending;
        }
        let read = ready!(stream.poll_window(room));
        self.unread.end += self.note_read(read);
        Poll::Ready(())
    }

    /// Bytes that were read. The end of the stream, or its error, is the codec's to judge.
    fn note_read(&mut self, read: io::Result<usize>) -> usize {
        match read {
            Ok(count) if count > 0 => return count,
            Ok(_) => {}
            Err(error) => self.error = Some(error),
        }
        self.partial = None;
        self.for_codec = ALL;
        0
    }
}

fn frame_length(header: FrameHeader) -> u64 {
    header.length.saturating_add(header.size as u64)
}
