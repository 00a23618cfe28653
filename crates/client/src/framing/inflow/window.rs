//! Where a connection is in the memory its driver lends for a turn.

use crate::transport::Stream;
use std::io;
use std::ops::Range;
use std::task::{Poll, ready};

/// Bytes of the windows a driver lends; the first one of a turn may be shorter. A message of 64 KiB
/// fits with its header.
pub const WINDOW_SIZE: usize = 64 * 1024 + 16;

/// Room below which it is not worth a system call.
const LEAST_ROOM: usize = 2 * 1024;

/// Positions in a window, and what is kept between turns. The memory itself is always the driver's.
#[derive(Debug)]
pub(super) struct Window {
    /// Up to here the window is the driver's for good: messages lie there.
    taken: usize,
    /// What is read and not yet looked at.
    unread: Range<usize>,
    /// There is too little room for what is next.
    full: bool,
    /// What was unread when the last turn ended, or came with the handshake.
    leftover: Vec<u8>,
    /// Nothing more will be read.
    ended: bool,
    error: Option<io::Error>,
}

impl Window {
    pub(super) fn new(mut prefix: Vec<u8>) -> Self {
        // It is what was left of a buffer of some KiB, and mostly nothing.
        prefix.shrink_to_fit();
        Self {
            taken: 0,
            unread: 0..0,
            full: false,
            leftover: prefix,
            ended: false,
            error: None,
        }
    }

    pub(super) fn unread<'a>(&self, memory: &'a [u8]) -> &'a [u8] {
        memory.get(self.unread.clone()).unwrap_or_default()
    }

    /// Passes over so many unread bytes: where they were.
    pub(super) fn advance(&mut self, count: usize) -> Range<usize> {
        let start = self.unread.start;
        self.unread.start = self.unread.end.min(start.saturating_add(count));
        start..self.unread.start
    }

    /// Passes over so many unread bytes, which stay where they are for good.
    pub(super) fn take(&mut self, count: usize) -> Range<usize> {
        let place = self.advance(count);
        self.taken = place.end;
        place
    }

    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Whether the stream has ended; there may still be something unread.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether the stream has ended and everything is looked at.
    pub(super) fn is_at_end(&self) -> bool {
        self.ended && self.unread.is_empty()
    }

    /// Whether nothing waits that came before what is still to be read.
    pub(super) fn is_caught_up(&self) -> bool {
        self.leftover.is_empty() && self.unread.is_empty()
    }

    /// The error the stream ended with, once.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// Goes on in other memory, of [`WINDOW_SIZE`].
    pub(super) fn exchange(&mut self, memory: &[u8], next: &mut [u8]) {
        let unread = self.unread(memory);
        if let Some(front) = next.get_mut(..unread.len()) {
            front.copy_from_slice(unread);
        }
        self.unread = 0..unread.len();
        self.taken = 0;
        self.full = false;
    }

    /// The turn is over: keeps what is unread. How many bytes stay the driver's.
    pub(super) fn end(&mut self, memory: &[u8]) -> usize {
        let unread = self.unread(memory);
        if !unread.is_empty() {
            // What was not even moved to the window comes behind it.
            self.leftover.splice(..0, unread.iter().copied());
        }
        self.unread = 0..0;
        self.full = false;
        std::mem::take(&mut self.taken)
    }

    /// Reads once.
    pub(super) fn fill(&mut self, memory: &mut [u8], stream: &mut Stream) -> Poll<()> {
        if self.unread.is_empty() {
            // What lay behind the last message was none, or has been copied away.
            self.unread = self.taken..self.taken;
        }
        let room = memory.get_mut(self.unread.end..).unwrap_or_default();
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

    /// Reads on for a frame of this length, of which the beginning is here.
    pub(super) fn fill_for(&mut self, memory: &mut [u8], stream: &mut Stream, frame: usize) -> Poll<()> {
        if self.unread.start + frame > memory.len() {
            self.full = true;
            return Poll::Pending;
        }
        self.fill(memory, stream)
    }

    /// The outcome of a read: how many bytes there were.
    pub(super) fn note_read(&mut self, read: io::Result<usize>) -> usize {
        match read {
            Ok(count) if count > 0 => return count,
            Ok(_) => {}
            Err(error) => self.error = Some(error),
        }
        self.ended = true;
        0
    }
}
