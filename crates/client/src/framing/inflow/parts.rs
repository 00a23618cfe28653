//! Messages that are received in parts: gathered, delivered as they arrive, held or skipped.

use super::Inflow;
use super::partial::{Delivery, PartialMessage};
use super::step::{Payload, Step};
use super::text::valid_prefix;
use crate::transport::Stream;
use std::task::{Poll, ready};
use websocket_rs_protocol::frame::{FrameHeader, Kind};

impl Inflow {
    /// Has a message delivered as it arrives: the one that is held, or of which a part is gathered, or the next one.
    /// Returns whether one of the former two is.
    pub(crate) fn stream_message(&mut self) -> bool {
        let has_begun = self.partial.as_mut().is_some_and(|partial| partial.stream());
        if !has_begun {
            self.whole_end = 0;
        }
        has_begun
    }

    /// Withdraws [`Inflow::stream_message`] for a message that has not begun to be delivered, which is then gathered or
    /// held after all. Otherwise drops the rest of the message that is held or streamed. Returns whether the message has
    /// begun.
    pub(crate) fn skip_message(&mut self) -> bool {
        let most = self.max_message_size;
        let is_withdrawn = std::mem::replace(&mut self.whole_end, most + 1) == 0;
        !is_withdrawn && self.partial.as_mut().is_some_and(|partial| partial.skip(most))
    }

    /// Whether nothing more is decoded until it is decided what becomes of a message.
    pub(crate) fn is_held(&self) -> bool {
        self.partial.as_ref().is_some_and(|partial| partial.is_held())
    }

    /// Takes the header of a frame that is a part of a message, or all of one that is not cut out.
    pub(super) fn begin_part(&mut self, header: FrameHeader, kind: Kind) {
        self.cursor.advance(header.size);
        self.budget.spend();
        let whole_end = &mut self.whole_end;
        let most = self.max_message_size;
        let partial = self.partial.get_or_insert_with(|| {
            let is_streamed = std::mem::replace(whole_end, most + 1) == 0;
            Box::new(PartialMessage::new(kind, header.reserved != 0, is_streamed))
        });
        partial.begin_frame(header, most, self.memory.as_ref());
    }

    /// Takes more of the partial message. Returns `None` if it has come to no event yet.
    pub(super) fn poll_part(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<Option<Step>> {
        let Some(partial) = &mut self.partial else {
            return Poll::Ready(None);
        };
        if let Some(due) = partial.take_due() {
            return due.map(Some);
        }
        if !partial.is_within_frame() {
            return Poll::Ready(None);
        }
        if let Some(deflated) = partial.deflated() {
            return self.poll_inflated(window, stream, deflated);
        }
        match partial.delivery() {
            Delivery::Streamed { .. } => self.poll_chunk(window, stream),
            Delivery::Skipped { .. } => self.poll_skipped(window, stream),
            Delivery::Whole | Delivery::Held { .. } => self.poll_gathered(window, stream),
        }
    }

    /// Gathers more of the current frame.
    fn poll_gathered(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<Option<Step>> {
        let Some(partial) = &mut self.partial else {
            return Poll::Ready(None);
        };
        let part = partial.part(self.cursor.unread(window));
        self.cursor.advance(part.len());
        partial.gather(part);
        if partial.missing() == 0 {
            return Poll::Ready(self.end_frame());
        }
        if self.cursor.is_caught_up()
            && !self.cursor.has_ended()
            && let Some(read) = partial.poll_read(stream)
        {
            let read = ready!(read);
            self.cursor.note_read(read);
            return Poll::Ready(None);
        }
        self.poll_more(window, stream).map(|()| None)
    }

    /// Returns what has arrived of the current frame of a stream, as it lies in the window.
    fn poll_chunk(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<Option<Step>> {
        let Some(partial) = &mut self.partial else {
            return Poll::Ready(None);
        };
        let part = partial.part(self.cursor.unread(window));
        if partial.missing() == 0 {
            return Poll::Ready(self.end_frame());
        }
        if partial.is_within_character() && !part.is_empty() {
            return Poll::Ready(self.complete_character(window));
        }
        let count = match partial.kind() {
            Kind::Binary => part.len(),
            Kind::Text => match valid_prefix(part) {
                Ok(count) => count,
                Err(violation) => return Poll::Ready(Some(Step::Violation(violation))),
            },
        };
        if count > 0 {
            partial.advance(count);
            let place = Payload::Window(self.cursor.take(count));
            return Poll::Ready(Some(Step::Chunk(partial.kind(), place)));
        }
        if part.len() == partial.missing() {
            // The character continues in the next frame.
            self.cursor.advance(part.len());
            partial.gather(part);
            return Poll::Ready(None);
        }
        self.poll_more(window, stream).map(|()| None)
    }

    /// Completes a character that has begun in the frame before, or before the message was streamed. Returns it as a
    /// chunk of its own, or `None` if it is still incomplete.
    fn complete_character(&mut self, window: &[u8]) -> Option<Step> {
        let partial = self.partial.as_mut()?;
        let part = partial.part(self.cursor.unread(window));
        for byte in part.chunks(1) {
            self.cursor.advance(1);
            partial.gather(byte);
            let chunk = partial.take_chunk();
            if chunk.is_some() {
                return chunk;
            }
        }
        None
    }

    /// Drops what has arrived of the current frame.
    fn poll_skipped(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<Option<Step>> {
        let Some(partial) = &mut self.partial else {
            return Poll::Ready(None);
        };
        let count = partial.part(self.cursor.unread(window)).len();
        self.cursor.advance(count);
        partial.advance(count);
        if partial.missing() == 0 {
            return Poll::Ready(self.end_frame());
        }
        self.poll_more(window, stream).map(|()| None)
    }

    /// Ends the current frame. Returns the last event of the message if that is complete.
    pub(super) fn end_frame(&mut self) -> Option<Step> {
        match self.partial.as_mut()?.end_frame() {
            Ok(true) => self.partial.take().map(|partial| partial.into_step()),
            Ok(false) => None,
            Err(violation) => Some(Step::Violation(violation)),
        }
    }
}
