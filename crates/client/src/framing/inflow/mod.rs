//! Received frames: data frames and the close frame are cut out here, pings and pongs are passed to the codec.
//!
//! Most frames that a busy connection receives are unfragmented data frames. Passing them through the codec would cost
//! a copy and much bookkeeping for each, so they stay where they were read, in the window that the driver lends. All
//! other data frames become parts of a [`PartialMessage`]. The close frame is cut out because the codec replaces some of
//! its codes. Pings and pongs are passed to the codec unchanged and one at a time, so both agree on where a frame begins.
//! A connection that reports pings has them cut out as well, because the codec replies to each one that it is given. A
//! frame whose header is a violation is rejected before its payload is kept.

mod budget;
mod codec_input;
mod decompression;
mod direct;
mod inflating;
#[cfg(all(test, unix))]
mod large_tests;
mod partial;
mod parts;
mod step;
#[cfg(all(test, unix))]
mod tests;
mod text;
mod violation;
mod window;

use crate::payload_memory::PayloadMemory;
use crate::transport::Stream;
use budget::TurnBudget;
use bytes::Bytes;
use codec_input::CodecInput;
use decompression::Decompression;
use partial::PartialMessage;
use std::io;
use std::ops::Range;
use std::task::{Poll, ready};
use step::{check, is_utf8};
use tokio::io::ReadBuf;
use violation::{check_header, is_plain};
use websocket_rs_protocol::extensions::deflate::DeflateParameters;
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
    /// Length from which a frame is not cut out as a message: more than a message may have, or 0 if the next message is
    /// to be streamed.
    whole_end: u64,
    cursor: WindowCursor,
    codec: CodecInput,
    /// The message that has arrived in part.
    partial: Option<Box<PartialMessage>>,
    /// Decompresses messages; `None` unless permessage-deflate is negotiated.
    decompression: Option<Box<Decompression>>,
    /// The peer's close frame has arrived.
    closed: bool,
    /// Whether pings are cut out, not passed to the codec.
    cuts_pings: bool,
    budget: TurnBudget,
    /// For large payloads; `None` if the driver has none.
    memory: Option<PayloadMemory>,
}

impl Inflow {
    /// `prefix` holds the bytes that followed the upgrade response.
    pub(crate) fn new(prefix: Vec<u8>, max_message_size: usize, deflate: Option<DeflateParameters>) -> Self {
        Self {
            max_message_size: max_message_size as u64,
            whole_end: max_message_size as u64 + 1,
            cursor: WindowCursor::new(prefix),
            codec: CodecInput::default(),
            partial: None,
            decompression: deflate.map(|parameters| Box::new(Decompression::new(parameters))),
            closed: false,
            cuts_pings: false,
            budget: TurnBudget::default(),
            memory: None,
        }
    }

    /// Reads large payloads into this memory from now on.
    pub(crate) fn use_memory(&mut self, memory: PayloadMemory) {
        self.memory = Some(memory);
    }

    /// Cuts out pings from now on.
    pub(crate) fn cut_pings(&mut self) {
        self.cuts_pings = true;
    }

    /// Returns the most bytes of a message that is gathered.
    pub(crate) fn max_message_size(&self) -> usize {
        usize::try_from(self.max_message_size).unwrap_or(usize::MAX)
    }

    /// Adds bytes behind those that were read, between two turns.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.cursor.push(bytes);
    }

    /// Begins a turn of one of `sharers` connections that share an iteration of the loop.
    pub(crate) fn begin_turn(&mut self, sharers: usize) {
        self.budget.begin_turn(sharers);
    }

    /// Whether the turn has decoded as much as it may.
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
        if let Some((header, kind)) = self.begun(window) {
            let unread = self.cursor.unread(window);
            let mut partial = PartialMessage::new(kind, false, false);
            partial.begin_frame(header, self.max_message_size, self.memory.as_ref());
            let part = partial.part(unread.get(header.size..).unwrap_or_default());
            let count = part.len();
            partial.gather(part);
            self.cursor.advance(header.size + count);
            self.partial = Some(Box::new(partial));
        }
        self.cursor.end(window)
    }

    /// Whether a frame of a message has arrived in part, of a message in one frame if that has at least [`MIN_PARTIAL`]
    /// bytes.
    pub(crate) fn is_within_large_message(&self, window: &[u8]) -> bool {
        match &self.partial {
            Some(partial) => partial.is_within_frame() && !self.has_job(),
            None => self.begun(window).is_some(),
        }
    }

    /// Returns header and kind of a message of at least [`MIN_PARTIAL`] bytes that has begun in the window.
    fn begun(&self, window: &[u8]) -> Option<(FrameHeader, Kind)> {
        if self.codec.is_within_frame() {
            return None;
        }
        let header = FrameHeader::parse(self.cursor.unread(window))?;
        let (kind, length) = self.as_message(header)?;
        (length >= MIN_PARTIAL).then_some((header, kind))
    }

    /// Takes the next message if it is one plain frame that lies in the window whole, as most do. Returns its kind and place, or
    /// `None` for anything else, for which [`Inflow::poll_step`] is to be called.
    #[inline]
    pub(crate) fn take_whole(&mut self, window: &[u8]) -> Option<(Kind, Range<usize>)> {
        if self.closed || self.codec.is_due() || self.budget.is_spent() {
            return None;
        }
        let unread = self.cursor.unread(window);
        let header = FrameHeader::parse(unread)?;
        let (kind, length) = self.as_message(header)?;
        let payload = unread.get(header.size..)?.get(..length)?;
        if kind == Kind::Text && !is_utf8(payload) {
            return None;
        }
        Some((kind, self.take_payload(header, length)))
    }

    /// Takes a frame that lies in the window whole. Returns the place of its payload.
    #[inline]
    fn take_payload(&mut self, header: FrameHeader, length: usize) -> Range<usize> {
        self.budget.spend();
        self.cursor.advance(header.size);
        self.cursor.take(length)
    }

    /// Returns the next step, or `Pending` if its bytes have not arrived, the window is full or a message is held.
    pub(crate) fn poll_step(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<Step> {
        loop {
            if self.closed {
                return self.poll_end(window, stream);
            }
            if self.codec.is_due() {
                return Poll::Ready(Step::Codec);
            }
            let step = if self.partial.as_ref().is_some_and(|partial| partial.is_busy()) {
                ready!(self.poll_part(window, stream))
            } else {
                ready!(self.poll_frame(window, stream))
            };
            if let Some(step) = step {
                return Poll::Ready(step);
            }
        }
    }

    /// Gets more bytes for the codec, which has consumed all it had.
    pub(crate) fn poll_feed(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<()> {
        if self.cursor.unread(window).is_empty() {
            ready!(self.poll_more(window, stream));
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
        if !self.codec.is_at_end() {
            return Poll::Pending;
        }
        Poll::Ready(self.cursor.take_error().map_or(Ok(()), Err))
    }

    /// Reads more. If the stream has ended, drops what is incomplete and lets the codec report the end.
    fn poll_more(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<()> {
        if !self.cursor.has_ended() {
            return self.cursor.fill(window, stream);
        }
        self.partial = None;
        self.cursor.advance(usize::MAX);
        self.codec.end();
        Poll::Ready(())
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
        let is_cut_out = is_plain(header) && self.partial.is_none() && header.length < self.whole_end;
        let length = usize::try_from(header.length).ok()?;
        is_cut_out.then_some((kind, length))
    }

    /// Takes the next frame. Returns `None` if it is for the codec, if it begins a part of a message, or if more bytes have
    /// been read for it.
    fn poll_frame(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<Option<Step>> {
        let unread = self.cursor.unread(window);
        let Some(header) = FrameHeader::parse(unread) else {
            return self.poll_more(window, stream).map(|()| None);
        };
        if self.budget.is_spent() {
            return Poll::Pending;
        }
        if let Some((kind, length)) = self.as_message(header) {
            return self.poll_message(window, stream, header, kind, length);
        }
        let begun = self.partial.as_ref().map(|partial| partial.fragments());
        if let Err(broken) = check_header(header, begun, self.decompression.is_some()) {
            return Poll::Ready(Some(Step::Violation(broken)));
        }
        match header.opcode {
            Opcode::Close => return self.poll_close(window, stream, header),
            Opcode::PING if self.cuts_pings => return self.poll_ping(window, stream, header),
            Opcode::Control(_) => {
                self.budget.spend();
                self.codec.begin(header);
                self.feed(window);
            }
            Opcode::Text => self.begin_part(header, Kind::Text),
            _ => self.begin_part(header, Kind::Binary),
        }
        Poll::Ready(None)
    }

    /// Returns a message that has arrived completely, or `None` if it becomes a partial message or more bytes have been
    /// read for it.
    fn poll_message(
        &mut self,
        window: &mut [u8],
        stream: &mut Stream,
        header: FrameHeader,
        kind: Kind,
        length: usize,
    ) -> Poll<Option<Step>> {
        let unread = self.cursor.unread(window);
        if unread.len() >= header.size + length {
            let place = self.take_payload(header, length);
            let payload = window.get(place.clone()).unwrap_or_default();
            return Poll::Ready(Some(check(kind, payload, || Payload::Window(place))));
        }
        if header.size + length <= WINDOW_SIZE {
            return self.poll_rest(window, stream, header.size + length);
        }
        self.begin_part(header, kind);
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

    /// Reads more of a frame of this length. If the stream has ended within it, the codec reports that.
    fn poll_rest(&mut self, window: &mut [u8], stream: &mut Stream, frame: usize) -> Poll<Option<Step>> {
        if self.cursor.has_ended() {
            return self.poll_more(window, stream).map(|()| None);
        }
        self.cursor.fill_for(window, stream, frame).map(|()| None)
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
