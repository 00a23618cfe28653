//! Received frames: unfragmented data messages and the close frame are cut out here, all others are passed to the
//! codec.
//!
//! Most frames that a busy connection receives are unfragmented data frames. Passing them through the codec would cost
//! a copy and much bookkeeping for each, so they stay where they were read, in the window that the driver lends. The
//! close frame is cut out because the codec replaces some of its codes. Pings, pongs and fragments are passed to the
//! codec unchanged and one at a time, so both agree on where a frame begins. A connection that reports pings has them
//! cut out as well, because the codec replies to each one that it is given. A frame whose header is a violation is
//! rejected before its payload is kept.

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
use partial::PartialMessage;
use std::io;
use std::task::{Poll, ready};
use step::check;
use tokio::io::ReadBuf;
use violation::{check_header, is_plain};
use websocket_rs_protocol::frame::{FrameHeader, Kind, Opcode};
use websocket_rs_protocol::limits::MAX_CONTROL_PAYLOAD;
use window::WindowCursor;

pub use step::Payload;
pub(crate) use step::Step;
pub(crate) use violation::FrameViolation;
pub use window::WINDOW_SIZE;

/// Size from which a message that is incomplete at the end of a turn becomes a [`PartialMessage`], rather than being
/// copied from window to window.
const MIN_PARTIAL: usize = 4 * 1024;

/// Bytes that have been read and not yet decoded.
#[derive(Debug)]
pub(crate) struct Inflow {
    max_message_size: u64,
    cursor: WindowCursor,
    codec: CodecInput,
    partial: Option<PartialMessage>,
    /// The peer's close frame has arrived.
    closed: bool,
    /// Whether pings are cut out, not passed to the codec.
    cuts_pings: bool,
    budget: FrameBudget,
}

impl Inflow {
    /// `prefix` holds the bytes that followed the upgrade response.
    pub(crate) fn new(prefix: Vec<u8>, max_message_size: usize) -> Self {
        Self {
            max_message_size: max_message_size as u64,
            cursor: WindowCursor::new(prefix),
            codec: CodecInput::default(),
            partial: None,
            closed: false,
            cuts_pings: false,
            budget: FrameBudget::default(),
        }
    }

    /// Cuts out pings from now on.
    pub(crate) fn cut_pings(&mut self) {
        self.cuts_pings = true;
    }

    /// Begins a turn of one of `sharers` connections that share an iteration of the loop.
    pub(crate) fn begin_turn(&mut self, sharers: usize) {
        self.budget.begin_turn(sharers);
    }

    /// Whether the turn has decoded as many frames as it may.
    pub(crate) fn is_spent(&self) -> bool {
        self.budget.is_spent()
    }

    /// Whether the driver has to lend another window.
    pub(crate) fn is_full(&self) -> bool {
        self.cursor.is_full()
    }

    /// Moves what is unread to another window, of [`WINDOW_SIZE`].
    pub(crate) fn exchange(&mut self, window: &[u8], next: &mut [u8]) {
        self.cursor.exchange(window, next);
    }

    /// Returns the first two bytes of what is unread: those of a frame whose header was refused.
    pub(crate) fn next_bytes(&self, window: &[u8]) -> Option<[u8; 2]> {
        self.cursor.unread(window).first_chunk().copied()
    }

    /// Ends the batch and keeps a copy of what is unread. Returns how many bytes of the window hold messages.
    pub(crate) fn end(&mut self, window: &[u8]) -> usize {
        if let Some((header, kind, length)) = self.begun(window) {
            let unread = self.cursor.unread(window);
            let mut partial = PartialMessage::new(kind, length);
            let count = partial.take(unread.get(header..).unwrap_or_default());
            self.cursor.advance(header + count);
            self.partial = Some(partial);
        }
        self.cursor.end(window)
    }

    /// Whether a message of at least [`MIN_PARTIAL`] bytes has arrived in part.
    pub(crate) fn is_within_large_message(&self, window: &[u8]) -> bool {
        self.partial.is_some() || self.begun(window).is_some()
    }

    /// Returns size of the header, kind and length of a message of at least [`MIN_PARTIAL`] bytes that has begun in the
    /// window.
    fn begun(&self, window: &[u8]) -> Option<(usize, Kind, usize)> {
        if self.codec.is_within_frame() || self.partial.is_some() {
            return None;
        }
        let header = FrameHeader::parse(self.cursor.unread(window))?;
        let (kind, length) = self.as_message(header)?;
        (length >= MIN_PARTIAL).then_some((header.size, kind, length))
    }

    /// Whether the codec has all bytes of its last frame.
    pub(crate) fn is_between_frames(&self) -> bool {
        !self.codec.is_within_frame()
    }

    /// Returns the next step, or `Pending` if its bytes have not arrived or the window is full.
    pub(crate) fn poll_step(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<Step> {
        loop {
            if self.closed {
                return self.poll_end(window, stream);
            }
            if self.codec.is_within_frame() || !self.codec.is_empty() {
                return Poll::Ready(Step::Codec);
            }
            let step = if self.partial.is_some() {
                ready!(self.poll_partial(window, stream))
            } else {
                ready!(self.poll_frame(window, stream))
            };
            if let Some(step) = step {
                return Poll::Ready(step);
            }
            if self.cursor.is_at_end() {
                self.partial = None;
                self.codec.begin_all();
            }
        }
    }

    /// Gets more bytes for the codec, which has consumed all it had.
    pub(crate) fn poll_feed(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<()> {
        if self.cursor.unread(window).is_empty() {
            if self.cursor.has_ended() {
                return Poll::Pending;
            }
            ready!(self.cursor.fill(window, stream));
            if self.cursor.has_ended() {
                self.codec.begin_all();
            }
        }
        self.feed(window);
        Poll::Ready(())
    }

    /// Reads for the codec, up to the end of its frame.
    pub(crate) fn poll_codec(&mut self, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.codec.is_empty() {
            self.codec.read(buf);
            return Poll::Ready(Ok(()));
        }
        if !self.cursor.is_at_end() {
            return Poll::Pending;
        }
        Poll::Ready(self.cursor.take_error().map_or(Ok(()), Err))
    }

    /// Moves the codec's frame out of the window, as far as it has arrived.
    fn feed(&mut self, window: &[u8]) {
        let count = self.codec.feed(self.cursor.unread(window));
        self.cursor.advance(count);
    }

    /// Returns kind and length of a message that is cut out here, or `None` if the frame is for the codec.
    fn as_message(&self, header: FrameHeader) -> Option<(Kind, usize)> {
        let kind = match header.opcode {
            Opcode::Text => Kind::Text,
            Opcode::Binary => Kind::Binary,
            _ => return None,
        };
        let is_cut_out =
            is_plain(header) && !self.codec.is_within_message() && header.length <= self.max_message_size;
        let length = usize::try_from(header.length).ok()?;
        is_cut_out.then_some((kind, length))
    }

    /// Takes the next frame. Returns `None` if it is for the codec, or if more bytes have been read for it.
    fn poll_frame(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<Option<Step>> {
        let unread = self.cursor.unread(window);
        let Some(header) = FrameHeader::parse(unread) else {
            if self.cursor.has_ended() {
                self.codec.begin_all();
                self.feed(window);
                return Poll::Ready(None);
            }
            return self.cursor.fill(window, stream).map(|()| None);
        };
        if self.budget.is_spent() {
            return Poll::Pending;
        }
        if let Some((kind, length)) = self.as_message(header) {
            return self.poll_message(window, stream, header.size, kind, length);
        }
        if let Err(broken) = check_header(header, self.codec.begun(), self.max_message_size) {
            return Poll::Ready(Some(Step::Violation(broken)));
        }
        if header.opcode == Opcode::Close {
            return self.poll_close(window, stream, header);
        }
        if self.cuts_pings && header.opcode == Opcode::PING {
            return self.poll_ping(window, stream, header);
        }
        self.budget.spend();
        self.codec.begin(header);
        self.feed(window);
        Poll::Ready(None)
    }

    /// Returns a message that has arrived completely, or `None` if it becomes a partial message or more bytes have been
    /// read for it.
    fn poll_message(
        &mut self,
        window: &mut [u8],
        stream: &mut Stream,
        header: usize,
        kind: Kind,
        length: usize,
    ) -> Poll<Option<Step>> {
        let unread = self.cursor.unread(window);
        if unread.len() >= header + length {
            self.cursor.advance(header);
            let place = self.cursor.take(length);
            self.budget.spend();
            let payload = window.get(place.clone()).unwrap_or_default();
            return Poll::Ready(Some(check(kind, payload, || Payload::Window(place))));
        }
        if header + length <= WINDOW_SIZE {
            return self.poll_rest(window, stream, header + length);
        }
        self.cursor.advance(header);
        self.partial = Some(PartialMessage::new(kind, length));
        Poll::Ready(None)
    }

    /// Returns a close frame that has arrived completely.
    fn poll_close(
        &mut self,
        window: &mut [u8],
        stream: &mut Stream,
        header: FrameHeader,
    ) -> Poll<Option<Step>> {
        if let Some(payload) = self.control_payload(window, header) {
            self.closed = true;
            return Poll::Ready(Some(Step::Close(payload)));
        }
        self.poll_rest(window, stream, header.size + control_length(header))
    }

    /// Returns a ping that has arrived completely.
    fn poll_ping(
        &mut self,
        window: &mut [u8],
        stream: &mut Stream,
        header: FrameHeader,
    ) -> Poll<Option<Step>> {
        if let Some(payload) = self.control_payload(window, header) {
            self.cursor.advance(header.size + payload.len());
            self.budget.spend();
            return Poll::Ready(Some(Step::Ping(payload)));
        }
        self.poll_rest(window, stream, header.size + control_length(header))
    }

    /// Returns the payload of a control frame if all of it has arrived.
    fn control_payload(&self, window: &[u8], header: FrameHeader) -> Option<Bytes> {
        let frame = self.cursor.unread(window).get(header.size..)?;
        frame.get(..control_length(header)).map(Bytes::copy_from_slice)
    }

    /// Reads more of a frame of this length. If the stream ends within it, the codec gets what there is.
    fn poll_rest(&mut self, window: &mut [u8], stream: &mut Stream, frame: usize) -> Poll<Option<Step>> {
        if self.cursor.has_ended() {
            self.codec.begin_all();
            self.feed(window);
            return Poll::Ready(None);
        }
        self.cursor.fill_for(window, stream, frame).map(|()| None)
    }

    /// Reads more of the partial message. Returns `None` if it is still incomplete.
    fn poll_partial(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<Option<Step>> {
        let Some(partial) = &mut self.partial else {
            return Poll::Ready(None);
        };
        let count = partial.take(self.cursor.unread(window));
        self.cursor.advance(count);
        if partial.missing() == 0 {
            let whole = self.partial.take();
            return Poll::Ready(whole.map(|whole| {
                let (kind, payload) = whole.into_message();
                let owned = payload.clone();
                check(kind, &payload, || Payload::Owned(owned))
            }));
        }
        let directly = self
            .cursor
            .is_caught_up()
            .then(|| partial.poll_read(stream))
            .flatten();
        match directly {
            Some(read) => {
                let read = ready!(read);
                self.cursor.note_read(read);
            }
            None => ready!(self.cursor.fill(window, stream)),
        }
        Poll::Ready(None)
    }

    /// Drops what follows the close frame, up to the end of the stream or an error, which mean the same after it.
    fn poll_end(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<Step> {
        while !self.cursor.has_ended() {
            self.cursor.advance(usize::MAX);
            ready!(self.cursor.fill(window, stream));
        }
        Poll::Ready(Step::End)
    }
}

/// Returns the length of the payload of a control frame.
fn control_length(header: FrameHeader) -> usize {
    usize::try_from(header.length).unwrap_or(MAX_CONTROL_PAYLOAD)
}
