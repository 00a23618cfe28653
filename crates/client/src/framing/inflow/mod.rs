//! Bytes from the peer: whole, plain data messages are cut out here, everything else is the codec's.
//!
//! Most of what a busy connection receives are unfragmented data frames. Sending those through the
//! codec costs a copy and a good deal of bookkeeping for each, so they are handed on as they lie in
//! the window the driver lends, and stay there. The close frame is cut out as well, since the codec
//! would put other codes in the place of some. Pings, pongs and fragments pass to the codec unchanged
//! and frame by frame, so the two never disagree on where a frame begins. A frame that its header shows
//! to break the protocol is refused before any of its payload is kept.

mod budget;
mod codec_input;
mod partial;
mod step;
mod violation;
mod window;

use crate::transport::Stream;
use budget::FrameBudget;
use bytes::Bytes;
use codec_input::CodecInput;
use partial::Partial;
use std::io;
use std::task::{Poll, ready};
use step::check;
use tokio::io::ReadBuf;
use violation::{is_plain, judge};
use websocket_rs_protocol::frame::{FrameHeader, Kind, Opcode};
use websocket_rs_protocol::limits::MAX_CONTROL_PAYLOAD;
use window::Window;

pub use step::Payload;
pub(crate) use step::Step;
pub(crate) use violation::FrameViolation;
pub use window::WINDOW_SIZE;

/// A message of this size or more that has not arrived whole by the end of a turn moves to memory of
/// its own, rather than from window to window.
const OWN_MEMORY: usize = 4 * 1024;

/// Bytes read and not yet taken.
#[derive(Debug)]
pub(crate) struct Inflow {
    max_message_size: u64,
    window: Window,
    codec: CodecInput,
    partial: Option<Partial>,
    /// The peer's close frame has come.
    closed: bool,
    budget: FrameBudget,
}

impl Inflow {
    /// `prefix` is what the server sent right behind its handshake response.
    pub(crate) fn new(prefix: Vec<u8>, max_message_size: usize) -> Self {
        Self {
            max_message_size: max_message_size as u64,
            window: Window::new(prefix),
            codec: CodecInput::default(),
            partial: None,
            closed: false,
            budget: FrameBudget::default(),
        }
    }

    /// Begins a turn, of as many as share an iteration of the loop.
    pub(crate) fn begin_turn(&mut self, sharers: usize) {
        self.budget.begin_turn(sharers);
    }

    /// Whether the turn has decoded as many frames as it may.
    pub(crate) fn is_spent(&self) -> bool {
        self.budget.is_spent()
    }

    /// Whether the driver has to lend another window.
    pub(crate) fn is_full(&self) -> bool {
        self.window.is_full()
    }

    /// Goes on in another window, of [`WINDOW_SIZE`].
    pub(crate) fn exchange(&mut self, memory: &[u8], next: &mut [u8]) {
        self.window.exchange(memory, next);
    }

    /// The turn is over: keeps what is unread. How much of the window stays the driver's.
    pub(crate) fn end(&mut self, memory: &[u8]) -> usize {
        if let Some((header, kind, length)) = self.begun(memory) {
            let unread = self.window.unread(memory);
            let mut partial = Partial::new(kind, length);
            let count = partial.take(unread.get(header..).unwrap_or_default());
            self.window.advance(header + count);
            self.partial = Some(partial);
        }
        self.window.end(memory)
    }

    /// Whether a message of [`OWN_MEMORY`] or more has begun to arrive.
    pub(crate) fn is_amid_message(&self, memory: &[u8]) -> bool {
        self.partial.is_some() || self.begun(memory).is_some()
    }

    /// The message of [`OWN_MEMORY`] or more that has begun in the window: its header's size, kind and length.
    fn begun(&self, memory: &[u8]) -> Option<(usize, Kind, usize)> {
        if self.codec.is_within_frame() || self.partial.is_some() {
            return None;
        }
        let header = FrameHeader::parse(self.window.unread(memory))?;
        let (kind, length) = self.as_message(header)?;
        (length >= OWN_MEMORY).then_some((header.size, kind, length))
    }

    /// Whether the codec has been given all of the frames that are its.
    pub(crate) fn is_between_frames(&self) -> bool {
        !self.codec.is_within_frame()
    }

    /// What is next; `Pending` when it has not arrived yet, or the window is full.
    pub(crate) fn poll_step(&mut self, memory: &mut [u8], stream: &mut Stream) -> Poll<Step> {
        loop {
            if self.closed {
                return self.poll_end(memory, stream);
            }
            if self.codec.is_within_frame() || !self.codec.is_empty() {
                return Poll::Ready(Step::Codec);
            }
            let step = if self.partial.is_some() {
                ready!(self.poll_partial(memory, stream))
            } else {
                ready!(self.poll_frame(memory, stream))
            };
            if let Some(step) = step {
                return Poll::Ready(step);
            }
            if self.window.is_at_end() {
                self.partial = None;
                self.codec.begin_all();
            }
        }
    }

    /// Gets more for the codec, which has asked for it.
    pub(crate) fn poll_feed(&mut self, memory: &mut [u8], stream: &mut Stream) -> Poll<()> {
        if self.window.unread(memory).is_empty() {
            if self.window.has_ended() {
                return Poll::Pending;
            }
            ready!(self.window.fill(memory, stream));
            if self.window.has_ended() {
                self.codec.begin_all();
            }
        }
        self.feed(memory);
        Poll::Ready(())
    }

    /// Serves the codec, up to the end of the frame that is its.
    pub(crate) fn poll_codec(&mut self, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.codec.is_empty() {
            self.codec.read(buf);
            return Poll::Ready(Ok(()));
        }
        if !self.window.is_at_end() {
            return Poll::Pending;
        }
        Poll::Ready(self.window.take_error().map_or(Ok(()), Err))
    }

    /// Moves what is here of the codec's frame out of the window.
    fn feed(&mut self, memory: &[u8]) {
        let count = self.codec.feed(self.window.unread(memory));
        self.window.advance(count);
    }

    /// Kind and length of a message that is cut out here; none for what is the codec's.
    fn as_message(&self, header: FrameHeader) -> Option<(Kind, usize)> {
        let kind = match header.opcode {
            Opcode::Text => Kind::Text,
            Opcode::Binary => Kind::Binary,
            _ => return None,
        };
        let is_ours =
            is_plain(header) && !self.codec.is_within_message() && header.length <= self.max_message_size;
        let length = usize::try_from(header.length).ok()?;
        is_ours.then_some((kind, length))
    }

    /// Looks at the frame that is next; none where it goes elsewhere, or was read on for.
    fn poll_frame(&mut self, memory: &mut [u8], stream: &mut Stream) -> Poll<Option<Step>> {
        let unread = self.window.unread(memory);
        let Some(header) = FrameHeader::parse(unread) else {
            if self.window.has_ended() {
                self.codec.begin_all();
                self.feed(memory);
                return Poll::Ready(None);
            }
            return self.window.fill(memory, stream).map(|()| None);
        };
        if self.budget.is_spent() {
            return Poll::Pending;
        }
        if let Some((kind, length)) = self.as_message(header) {
            return self.poll_message(memory, stream, header.size, kind, length);
        }
        if let Err(broken) = judge(header, self.codec.begun(), self.max_message_size) {
            return Poll::Ready(Some(Step::Violation(broken)));
        }
        if header.opcode == Opcode::Close {
            return self.poll_close(memory, stream, header);
        }
        self.budget.spend();
        self.codec.begin(header);
        self.feed(memory);
        Poll::Ready(None)
    }

    /// Hands on a message that is all there; none where it is not, or the window was read on for it.
    fn poll_message(
        &mut self,
        memory: &mut [u8],
        stream: &mut Stream,
        header: usize,
        kind: Kind,
        length: usize,
    ) -> Poll<Option<Step>> {
        let unread = self.window.unread(memory);
        if unread.len() >= header + length {
            self.window.advance(header);
            let place = self.window.take(length);
            self.budget.spend();
            let payload = memory.get(place.clone()).unwrap_or_default();
            return Poll::Ready(Some(check(kind, payload, || Payload::Window(place))));
        }
        if header + length <= WINDOW_SIZE {
            return self.poll_rest(memory, stream, header + length);
        }
        self.window.advance(header);
        self.partial = Some(Partial::new(kind, length));
        Poll::Ready(None)
    }

    /// Hands on a close frame once it is all there.
    fn poll_close(
        &mut self,
        memory: &mut [u8],
        stream: &mut Stream,
        header: FrameHeader,
    ) -> Poll<Option<Step>> {
        let frame = self.window.unread(memory).get(header.size..).unwrap_or_default();
        let length = usize::try_from(header.length).unwrap_or(MAX_CONTROL_PAYLOAD);
        if let Some(payload) = frame.get(..length) {
            self.closed = true;
            return Poll::Ready(Some(Step::Close(Bytes::copy_from_slice(payload))));
        }
        self.poll_rest(memory, stream, header.size + length)
    }

    /// Reads on for a frame of this length. Of one the stream ends in, the codec has the beginning.
    fn poll_rest(&mut self, memory: &mut [u8], stream: &mut Stream, frame: usize) -> Poll<Option<Step>> {
        if self.window.has_ended() {
            self.codec.begin_all();
            self.feed(memory);
            return Poll::Ready(None);
        }
        self.window.fill_for(memory, stream, frame).map(|()| None)
    }

    /// Reads on for the message that has begun; none where the window has to be looked at again.
    fn poll_partial(&mut self, memory: &mut [u8], stream: &mut Stream) -> Poll<Option<Step>> {
        let Some(partial) = &mut self.partial else {
            return Poll::Ready(None);
        };
        let count = partial.take(self.window.unread(memory));
        self.window.advance(count);
        if partial.missing() == 0 {
            let whole = self.partial.take();
            return Poll::Ready(whole.map(|whole| {
                let (kind, payload) = whole.into_message();
                let owned = payload.clone();
                check(kind, &payload, || Payload::Owned(owned))
            }));
        }
        let directly = self
            .window
            .is_caught_up()
            .then(|| partial.poll_read(stream))
            .flatten();
        match directly {
            Some(read) => {
                let read = ready!(read);
                self.window.note_read(read);
            }
            None => ready!(self.window.fill(memory, stream)),
        }
        Poll::Ready(None)
    }

    /// Drops what follows the close frame, up to the end of the stream or an error, which are one now.
    fn poll_end(&mut self, memory: &mut [u8], stream: &mut Stream) -> Poll<Step> {
        while !self.window.has_ended() {
            self.window.advance(usize::MAX);
            ready!(self.window.fill(memory, stream));
        }
        Poll::Ready(Step::End)
    }
}
