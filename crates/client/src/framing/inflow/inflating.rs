//! Compressed messages: decompressed as they arrive, into the message that is gathered or in pieces for a stream.

use super::Inflow;
use super::decompression::Decompression;
use super::partial::Deflated;
use super::step::Step;
use super::violation::FrameViolation;
use crate::compression::{Inflated, InvalidData};
use crate::transport::Stream;
use std::task::{Poll, Waker, ready};

/// Bytes of a gathered message that are decompressed before a job takes over: about half a millisecond of work. From 1 MiB on,
/// jobs at least halve the time that a message takes of the JavaScript thread; decision 0052 has the figures.
const IN_PLACE: usize = 256 * 1024;

/// Compressed bytes from which there is a job. Fewer are decompressed in place, unless they turn out to be many.
const MIN_JOB_INPUT: usize = 8 * 1024;

impl Inflow {
    /// Lets other threads decompress what is large, and wake `waker` when they have.
    pub(crate) fn set_waker(&mut self, waker: Waker) {
        if let Some(decompression) = &mut self.decompression {
            decompression.set_waker(waker);
        }
    }

    /// Waits for the thread that decompresses, and decompresses here from now on.
    pub(crate) fn stop_jobs(&mut self) {
        if let Some(decompression) = &mut self.decompression {
            decompression.stop_jobs();
        }
    }

    /// Whether another thread decompresses. Nothing more is decoded until the result is taken.
    pub(crate) fn has_job(&self) -> bool {
        self.decompression
            .as_ref()
            .is_some_and(|decompression| decompression.has_job())
    }

    /// Takes more of a compressed message. Returns `None` if it has come to no event yet.
    pub(super) fn poll_inflated(
        &mut self,
        window: &mut [u8],
        stream: &mut Stream,
        deflated: Deflated,
    ) -> Poll<Option<Step>> {
        if self.has_job() {
            return self.poll_job().map(or_violation);
        }
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
            Deflated::Data { has_more } if self.is_job_due(part, has_more) => {
                self.start_job(part);
                return Poll::Pending;
            }
            Deflated::Data { .. } => self.inflate(part),
            Deflated::Tail => self.inflate_tail(),
        };
        Poll::Ready(or_violation(inflated))
    }

    /// Whether another thread is to decompress a part of the current frame, as much of the message is.
    fn is_job_due(&self, part: &[u8], has_more: bool) -> bool {
        let allows_jobs = |decompression: &Decompression| decompression.allows_jobs();
        let gathered = self.partial.as_ref().and_then(|partial| partial.gathered());
        (has_more || part.len() >= MIN_JOB_INPUT)
            && gathered.is_some_and(|gathered| gathered >= IN_PLACE)
            && self.decompression.as_deref().is_some_and(allows_jobs)
    }

    /// Has another thread decompress a part of the current frame.
    fn start_job(&mut self, part: &[u8]) {
        let most = self.max_message_size();
        if let (Some(partial), Some(decompression)) = (&mut self.partial, &mut self.decompression) {
            let room = partial.room(most);
            decompression.start_job(part, room, std::mem::take(partial.payload_mut()));
            partial.advance(part.len());
            self.cursor.advance(part.len());
        }
    }

    /// Takes what the other thread has decompressed.
    fn poll_job(&mut self) -> Poll<Result<Option<Step>, InvalidData>> {
        let most = self.max_message_size();
        let (Some(partial), Some(decompression)) = (&mut self.partial, &mut self.decompression) else {
            return Poll::Ready(Err(InvalidData));
        };
        let output = ready!(decompression.poll_job());
        Poll::Ready(output.map(|(payload, has_more)| {
            *partial.payload_mut() = payload;
            partial.set_deflated(Deflated::Data { has_more });
            partial.handle_inflated(most)
        }))
    }

    /// Decompresses a part of the current frame.
    fn inflate(&mut self, part: &[u8]) -> Result<Option<Step>, InvalidData> {
        let (consumed, step) = self.decompress(|decompression, room, output| {
            let Inflated { consumed, has_more } = decompression.inflate(part, room, output)?;
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
        let (_, step) = self.decompress(|decompression, room, output| {
            let Inflated { consumed, has_more } = decompression.finish(room, output)?;
            Ok((consumed, if has_more { Deflated::Tail } else { Deflated::Ended }))
        })?;
        Ok(step)
    }

    /// Calls `decompress` with the most bytes it may append. Returns how many bytes it has consumed, and the event that the
    /// message has come to.
    fn decompress(
        &mut self,
        decompress: impl FnOnce(&mut Decompression, usize, &mut Vec<u8>) -> Result<(usize, Deflated), InvalidData>,
    ) -> Result<(usize, Option<Step>), InvalidData> {
        let most = self.max_message_size();
        let (Some(partial), Some(decompression)) = (&mut self.partial, &mut self.decompression) else {
            return Err(InvalidData);
        };
        let room = partial.room(most);
        let output = partial.payload_mut();
        let before = output.len();
        let (consumed, deflated) = decompress(decompression, room, output)?;
        self.budget.spend_inflated(output.len() - before);
        partial.set_deflated(deflated);
        Ok((consumed, partial.handle_inflated(most)))
    }
}

fn or_violation(inflated: Result<Option<Step>, InvalidData>) -> Option<Step> {
    inflated.unwrap_or(Some(Step::Violation(FrameViolation::NotDeflate)))
}
