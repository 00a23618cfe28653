//! Bytes from the peer: whole, plain data messages are cut out here, everything else is the codec's.
//!
//! Most of what a busy connection receives are unfragmented data frames. Sending those through the
//! codec costs a copy and a good deal of bookkeeping for each, so they are handed on as they lie in
//! the window the driver lends, and stay there. The close frame is cut out as well, since the codec
//! would put other codes in the place of some. What is not as plain as that (pings, pongs, fragments,
//! reserved bits, a mask, too great a length) passes to the codec unchanged and frame by frame, so the
//! two never disagree on where a frame begins.

use crate::io::Stream;
use crate::partial::Partial;
use bytes::Bytes;
use std::io;
use std::ops::Range;
use std::task::{Poll, ready};
use tokio::io::ReadBuf;
use websocket_rs_protocol::frame::{FrameHeader, Kind, Opcode};
use websocket_rs_protocol::limits::{MAX_CONTROL_PAYLOAD, MAX_FRAGMENTS};

/// Bytes of the windows a driver lends; the first one of a turn may be shorter. A message of 64 KiB
/// fits with its header.
pub const WINDOW_SIZE: usize = 64 * 1024 + 16;

/// Room in a window below which it is not worth a system call.
const LEAST_ROOM: usize = 2 * 1024;

/// A message of this size or more that has not arrived whole by the end of a turn moves to memory of
/// its own, rather than from window to window.
const OWN_MEMORY: usize = 4 * 1024;

/// Longest payload of a close frame.
const MAX_CLOSE: u64 = MAX_CONTROL_PAYLOAD as u64;

/// Says that all that comes is for the codec.
const ALL: u64 = u64::MAX;

/// Where a payload is.
#[derive(Debug)]
pub enum Payload {
    /// In the window, where it may stay: nothing is written there again.
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
    /// The payload of a whole close frame. Whatever follows it is dropped.
    Close(Bytes),
    /// The stream ended after the close frame.
    End,
    /// A message in too many fragments.
    TooManyFragments,
}

/// Bytes read and not yet taken.
#[derive(Debug)]
pub(crate) struct Inflow {
    max_message_size: u64,
    /// Up to here the window is the driver's for good: messages lie there.
    taken: usize,
    /// What of the window is read and not yet looked at.
    unread: Range<usize>,
    /// The window has too little room for what is next.
    full: bool,
    /// What was unread when the last turn ended, or came with the handshake.
    leftover: Vec<u8>,
    /// Bytes the codec is to get before the next frame begins.
    for_codec: u64,
    /// Those of them that are here.
    codec: Vec<u8>,
    /// Fragments of the message that the codec is putting together; 0 where there is none.
    fragments: u32,
    /// The peer's close frame has come.
    closed: bool,
    partial: Option<Partial>,
    /// Nothing more will be read.
    ended: bool,
    error: Option<io::Error>,
}

impl Inflow {
    /// `prefix` is what the server sent right behind its handshake response.
    pub(crate) fn new(mut prefix: Vec<u8>, max_message_size: usize) -> Self {
        // It is what was left of a buffer of some KiB, and mostly nothing.
        prefix.shrink_to_fit();
        Self {
            max_message_size: max_message_size as u64,
            taken: 0,
            unread: 0..0,
            full: false,
            leftover: prefix,
            for_codec: 0,
            codec: Vec::new(),
            fragments: 0,
            closed: false,
            partial: None,
            ended: false,
            error: None,
        }
    }

    /// Whether the driver has to lend another window.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// Goes on in another window, of [`WINDOW_SIZE`].
    pub(crate) fn exchange(&mut self, window: &[u8], next: &mut [u8]) {
        let unread = window.get(self.unread.clone()).unwrap_or_default();
        if let Some(front) = next.get_mut(..unread.len()) {
            front.copy_from_slice(unread);
        }
        self.unread = 0..self.unread.len();
        self.taken = 0;
        self.full = false;
    }

    /// The turn is over: keeps what is unread. How much of the window stays the driver's.
    pub(crate) fn end(&mut self, window: &[u8]) -> usize {
        let mut unread = window.get(self.unread.clone()).unwrap_or_default();
        let between = self.for_codec == 0 && self.partial.is_none();
        if between
            && let Some((header, kind, length)) = self.next_message(unread)
            && length >= OWN_MEMORY
        {
            let mut partial = Partial::new(kind, length);
            unread = partial.take(unread.get(header..).unwrap_or_default());
            self.partial = Some(partial);
        }
        if !unread.is_empty() {
            // What was not even moved to the window comes behind it.
            self.leftover.splice(..0, unread.iter().copied());
        }
        self.unread = 0..0;
        self.full = false;
        std::mem::take(&mut self.taken)
    }

    /// Whether the codec has been given all of the frames that are its.
    pub(crate) fn is_between_frames(&self) -> bool {
        self.for_codec == 0
    }

    /// What is next; `Pending` when it has not arrived yet, or the window is full.
    pub(crate) fn poll_step(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<Step> {
        loop {
            if self.closed {
                ready!(self.poll_rest(window, stream));
                return Poll::Ready(Step::End);
            }
            if self.for_codec > 0 || !self.codec.is_empty() {
                return Poll::Ready(Step::Codec);
            }
            if self.partial.is_some() {
                match ready!(self.poll_partial(window, stream)) {
                    Some(step) => return Poll::Ready(step),
                    None => continue,
                }
            }
            let unread = window.get(self.unread.clone()).unwrap_or_default();
            let Some(header) = FrameHeader::parse(unread) else {
                ready!(self.fill(window, stream));
                continue;
            };
            if header.opcode == Opcode::Close && is_plain(header) && header.length <= MAX_CLOSE {
                match ready!(self.poll_close(window, stream, header)) {
                    Some(step) => return Poll::Ready(step),
                    None => continue,
                }
            }
            let Some((size, kind, length)) = self.next_message(unread) else {
                if self.give_to_codec(header) > MAX_FRAGMENTS {
                    return Poll::Ready(Step::TooManyFragments);
                }
                self.feed(window);
                continue;
            };
            if let Some(step) = ready!(self.poll_message(window, stream, size, kind, length)) {
                return Poll::Ready(step);
            }
        }
    }

    /// Gets more for the codec, which has asked for it.
    pub(crate) fn poll_feed(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<()> {
        if self.unread.is_empty() {
            if self.ended {
                return Poll::Pending;
            }
            ready!(self.fill(window, stream));
        }
        self.feed(window);
        Poll::Ready(())
    }

    /// Serves the codec, up to the end of the frame that is its.
    pub(crate) fn poll_codec(&mut self, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.codec.is_empty() {
            let at_end = self.ended && self.unread.is_empty();
            return if at_end {
                Poll::Ready(self.error.take().map_or(Ok(()), Err))
            } else {
                Poll::Pending
            };
        }
        let count = buf.remaining().min(self.codec.len());
        buf.put_slice(self.codec.get(..count).unwrap_or_default());
        if count == self.codec.len() {
            // Control frames are rare, and idle connections many.
            self.codec = Vec::new();
        } else {
            self.codec.drain(..count);
        }
        Poll::Ready(Ok(()))
    }

    /// Moves what is here of the codec's frame out of the window.
    fn feed(&mut self, window: &[u8]) {
        let frame = usize::try_from(self.for_codec).unwrap_or(usize::MAX);
        let count = frame.min(self.unread.len());
        let end = self.unread.start + count;
        self.codec
            .extend_from_slice(window.get(self.unread.start..end).unwrap_or_default());
        self.unread.start = end;
        if self.for_codec != ALL {
            self.for_codec -= count as u64;
        }
    }

    /// Size of the header, kind and length of the message these bytes begin with; none where they begin
    /// with something else, which is the codec's.
    fn next_message(&self, unread: &[u8]) -> Option<(usize, Kind, usize)> {
        let header = FrameHeader::parse(unread)?;
        let plain = is_plain(header) && self.fragments == 0;
        let kind = match header.opcode {
            Opcode::Text => Kind::Text,
            Opcode::Binary => Kind::Binary,
            _ => return None,
        };
        let length = usize::try_from(header.length).ok()?;
        (plain && header.length <= self.max_message_size).then_some((header.size, kind, length))
    }

    /// Leaves a frame to the codec, and says of how many its message consists by now.
    fn give_to_codec(&mut self, header: FrameHeader) -> u32 {
        self.for_codec = header.length.saturating_add(header.size as u64);
        match header.opcode {
            Opcode::Close | Opcode::Control(_) => {}
            _ if header.fin => self.fragments = 0,
            _ => self.fragments += 1,
        }
        self.fragments
    }

    /// Hands on a close frame once it is all there.
    fn poll_close(
        &mut self,
        window: &mut [u8],
        stream: &mut Stream,
        header: FrameHeader,
    ) -> Poll<Option<Step>> {
        let unread = window.get(self.unread.clone()).unwrap_or_default();
        let frame = unread.get(header.size..).unwrap_or_default();
        let length = usize::try_from(header.length).unwrap_or(MAX_CONTROL_PAYLOAD);
        if let Some(payload) = frame.get(..length) {
            self.closed = true;
            return Poll::Ready(Some(Step::Close(Bytes::copy_from_slice(payload))));
        }
        self.poll_more(window, stream, header.size + length)
            .map(|()| None)
    }

    /// Drops what follows the close frame, up to the end of the stream or an error, which are one now.
    fn poll_rest(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<()> {
        loop {
            self.unread.start = self.unread.end;
            if self.ended {
                return Poll::Ready(());
            }
            ready!(self.fill(window, stream));
        }
    }

    /// Reads on for a frame that is not all there, where the window has room for the whole of it.
    fn poll_more(&mut self, window: &mut [u8], stream: &mut Stream, frame: usize) -> Poll<()> {
        if self.unread.start + frame > window.len() {
            self.full = true;
            return Poll::Pending;
        }
        self.fill(window, stream)
    }

    /// Hands on a message that is all there; none where it is not, or the window was read on for it.
    fn poll_message(
        &mut self,
        window: &mut [u8],
        stream: &mut Stream,
        header: usize,
        kind: Kind,
        length: usize,
    ) -> Poll<Option<Step>> {
        let start = self.unread.start + header;
        let end = start + length;
        if end <= self.unread.end {
            self.unread.start = end;
            self.taken = end;
            let payload = window.get(start..end).unwrap_or_default();
            return Poll::Ready(Some(check(kind, payload, || Payload::Window(start..end))));
        }
        if header + length <= WINDOW_SIZE {
            return self.poll_more(window, stream, header + length).map(|()| None);
        }
        self.unread.start = start;
        self.partial = Some(Partial::new(kind, length));
        Poll::Ready(None)
    }

    /// Reads on for the message that has begun; none where the window has to be looked at again.
    fn poll_partial(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<Option<Step>> {
        let Some(partial) = &mut self.partial else {
            return Poll::Ready(None);
        };
        let unread = window.get(self.unread.clone()).unwrap_or_default();
        let rest = partial.take(unread).len();
        self.unread.start = self.unread.end - rest;
        if partial.missing() > 0 {
            // What was left over comes before what is still to be read.
            let read = if self.leftover.is_empty() {
                partial.poll_read(stream)
            } else {
                None
            };
            match read {
                Some(read) => {
                    let read = ready!(read);
                    self.note_read(read);
                }
                None => ready!(self.fill(window, stream)),
            }
            return Poll::Ready(None);
        }
        let whole = self.partial.take();
        Poll::Ready(whole.map(|whole| {
            let (kind, payload) = whole.into_message();
            let owned = payload.clone();
            check(kind, &payload, || Payload::Owned(owned))
        }))
    }

    /// Reads into the window once.
    fn fill(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<()> {
        if self.unread.is_empty() {
            // What lay here was no message, or has been copied away.
            self.unread = self.taken..self.taken;
        }
        let room = window.get_mut(self.unread.end..).unwrap_or_default();
        let least = if self.unread.is_empty() { LEAST_ROOM } else { 1 };
        if room.len() < least {
            self.full = true;
            return Poll::Pending;
        }
        if !self.leftover.is_empty() {
            let count = room.len().min(self.leftover.len());
            for (place, byte) in room.iter_mut().zip(self.leftover.drain(..count)) {
                *place = byte;
            }
            self.unread.end += count;
            return Poll::Ready(());
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
        self.ended = true;
        0
    }
}

fn check(kind: Kind, payload: &[u8], place: impl FnOnce() -> Payload) -> Step {
    if kind == Kind::Text && simdutf8::basic::from_utf8(payload).is_err() {
        return Step::NotUtf8;
    }
    Step::Message(kind, place())
}

/// Whole, without reserved bits and without a mask.
fn is_plain(header: FrameHeader) -> bool {
    header.fin && !header.reserved && !header.masked
}
