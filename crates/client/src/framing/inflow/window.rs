//! Positions in the window: the unfilled rest of a slab that the driver lends to a connection for one turn.

use crate::transport::Stream;
use std::io;
use std::ops::Range;
use std::task::{Poll, ready};

/// Size of the windows that a driver lends; the first window of a turn may be smaller. Holds a message of 64 KiB with
/// its header and a small one before it, or a number of messages of a smaller power of two, and has room left: a read that
/// fills the window exactly is followed by one that mostly finds nothing.
pub const WINDOW_SIZE: usize = 65 * 1024;

/// Free bytes below which another window is needed before reading.
const MIN_READ: usize = 2 * 1024;

/// Positions in a window, and the bytes that are kept between turns. The window itself belongs to the driver.
#[derive(Debug)]
pub(super) struct WindowCursor {
    /// The end of the part that holds messages and must not be overwritten.
    taken: usize,
    /// Bytes that have been read from the stream and not yet decoded.
    unread: Range<usize>,
    /// The window has too little space for the next read.
    full: bool,
    /// Bytes that were unread when the last turn ended, or followed the upgrade response.
    leftover: Vec<u8>,
    /// The stream has ended or failed.
    ended: bool,
    error: Option<io::Error>,
}

impl WindowCursor {
    pub(super) fn new(mut prefix: Vec<u8>) -> Self {
        // It is the rest of a buffer of some KiB, and mostly empty.
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

    pub(super) fn unread<'a>(&self, window: &'a [u8]) -> &'a [u8] {
        window.get(self.unread.clone()).unwrap_or_default()
    }

    /// Skips unread bytes. Returns where they were.
    pub(super) fn advance(&mut self, count: usize) -> Range<usize> {
        let start = self.unread.start;
        self.unread.start = self.unread.end.min(start.saturating_add(count));
        start..self.unread.start
    }

    /// Skips unread bytes and keeps them in the window. Returns where they are.
    pub(super) fn take(&mut self, count: usize) -> Range<usize> {
        let place = self.advance(count);
        self.taken = place.end;
        place
    }

    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Whether the stream has ended. There may still be unread bytes.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether everything that has been read from the stream is decoded.
    pub(super) fn is_caught_up(&self) -> bool {
        self.leftover.is_empty() && self.unread.is_empty()
    }

    /// Adds bytes behind those that were read, between two turns.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.leftover.extend_from_slice(bytes);
    }

    /// Returns the error that the stream failed with, once.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// Moves what is unread to another window, of [`WINDOW_SIZE`].
    pub(super) fn exchange(&mut self, window: &[u8], next: &mut [u8]) {
        let unread = self.unread(window);
        if let Some(front) = next.get_mut(..unread.len()) {
            front.copy_from_slice(unread);
        }
        self.unread = 0..unread.len();
        self.taken = 0;
        self.full = false;
    }

    /// Ends the batch and keeps a copy of what is unread. Returns how many bytes of the window hold messages.
    pub(super) fn end(&mut self, window: &[u8]) -> usize {
        let unread = self.unread(window);
        if !unread.is_empty() {
            // The rest of the leftover, which was not moved to the window, comes after it.
            self.leftover.splice(..0, unread.iter().copied());
        }
        self.unread = 0..0;
        self.full = false;
        std::mem::take(&mut self.taken)
    }

    /// Reads once, from the leftover or from the stream.
    pub(super) fn fill(&mut self, window: &mut [u8], stream: &mut Stream) -> Poll<()> {
        if self.unread.is_empty() {
            // Nothing unread follows the last message, so reading continues right after it.
            self.unread = self.taken..self.taken;
        }
        let free = window.get_mut(self.unread.end..).unwrap_or_default();
        let least = if self.unread.is_empty() { MIN_READ } else { 1 };
        if free.len() < least {
            self.full = true;
            return Poll::Pending;
        }
        if !self.leftover.is_empty() {
            let count = free.len().min(self.leftover.len());
            for (place, byte) in free.iter_mut().zip(self.leftover.drain(..count)) {
                *place = byte;
            }
            self.unread.end += count;
            return Poll::Ready(());
        }
        let read = ready!(stream.poll_window(free));
        self.unread.end += self.note_read(read);
        Poll::Ready(())
    }

    /// Reads more of a frame of this length, which has begun to arrive.
    pub(super) fn fill_for(&mut self, window: &mut [u8], stream: &mut Stream, frame: usize) -> Poll<()> {
        if self.unread.start + frame > window.len() {
            self.full = true;
            return Poll::Pending;
        }
        self.fill(window, stream)
    }

    /// Notes the result of a read. Returns the number of bytes.
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
