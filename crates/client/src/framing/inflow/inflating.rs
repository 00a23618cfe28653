//! Compressed messages: decompressed as they arrive, into the message that is gathered or in pieces for a stream.

use super::Inflow;
use super::partial::Deflated;
use super::step::Step;
use super::violation::FrameViolation;
use crate::compression::{Inflated, Inflater, InvalidData};
use crate::transport::Stream;
use std::task::Poll;

impl Inflow {
    /// Takes more of a compressed message. Returns `None` if it has come to no event yet.
    pub(super) fn poll_inflated(
        &mut self,
        window: &mut [u8],
        stream: &mut Stream,
        deflated: Deflated,
    ) -> Poll<Option<Step>> {
        let (Some(partial), false) = (&mut self.partial, self.budget.is_spent()) else {
            return Poll::Pending;
        };
        let part = partial.part(self.cursor.unread(window));
        let inflated = match deflated {
            Deflated::Data { has_more: false } if part.is_empty() => {
                if partial.missing() > 0 {
                    return self.poll_more(window, stream).map(|()| None);
                }
                if partial.is_within_last_frame() {
                    partial.set_deflated(Deflated::Tail);
                    return Poll::Ready(None);
                }
                return Poll::Ready(self.end_frame());
            }
            Deflated::Ended => return Poll::Ready(self.end_frame()),
            Deflated::Data { .. } => self.inflate(part),
            Deflated::Tail => self.inflate_tail(),
        };
        Poll::Ready(inflated.unwrap_or(Some(Step::Violation(FrameViolation::NotDeflate))))
    }

    /// Decompresses a part of the current frame.
    fn inflate(&mut self, part: &[u8]) -> Result<Option<Step>, InvalidData> {
        let (consumed, step) = self.decompress(|inflater, room, output| {
            let Inflated { consumed, has_more } = inflater.inflate(part, room, output)?;
            Ok((consumed, Deflated::Data { has_more }))
        })?;
        self.cursor.advance(consumed);
        if let Some(partial) = &mut self.partial {
            partial.advance(consumed);
        }
        Ok(step)
    }

    /// Decompresses the end of the message.
    fn inflate_tail(&mut self) -> Result<Option<Step>, InvalidData> {
        let (_, step) = self.decompress(|inflater, room, output| {
            let Inflated { consumed, has_more } = inflater.finish(room, output)?;
            Ok((consumed, if has_more { Deflated::Tail } else { Deflated::Ended }))
        })?;
        Ok(step)
    }

    /// Calls `decompress` with the most bytes it may append. Returns how many bytes it has consumed, and the event that the
    /// message has come to.
    fn decompress(
        &mut self,
        decompress: impl FnOnce(&mut Inflater, usize, &mut Vec<u8>) -> Result<(usize, Deflated), InvalidData>,
    ) -> Result<(usize, Option<Step>), InvalidData> {
        let (Some(partial), Some(inflater)) = (&mut self.partial, &mut self.inflater) else {
            return Err(InvalidData);
        };
        let most = usize::try_from(self.max_message_size).unwrap_or(usize::MAX);
        let room = partial.room(most);
        let output = partial.payload_mut();
        let before = output.len();
        let (consumed, deflated) = decompress(inflater, room, output)?;
        self.budget.spend_inflated(output.len() - before);
        partial.set_deflated(deflated);
        Ok((consumed, partial.handle_inflated(most)))
    }
}
