//! What becomes of a message that is not to be gathered: it is delivered as it arrives, skipped or refused.

use super::state::{Connection, HeldEnd};

impl Connection {
    /// Has a message delivered as it arrives: the one that is held, or of which a part has been gathered, or the next
    /// one. Those after it are gathered again. What has been gathered is the first chunk. Returns whether there is
    /// something to decode that no event of the socket will announce.
    pub fn stream_message(&mut self) -> bool {
        let inflow = self.framing.io_mut().inflow_mut();
        self.unfinished |= inflow.stream_message();
        self.unfinished
    }

    /// Withdraws [`Connection::stream_message`] if the message has not begun to be delivered: it is gathered or held after
    /// all. Otherwise drops the rest of the message that is held or is being delivered as it arrives; the end of the
    /// latter is still reported. Returns whether there is something to decode that no event of the socket will announce.
    pub fn skip_message(&mut self) -> bool {
        let inflow = self.framing.io_mut().inflow_mut();
        self.unfinished |= inflow.skip_message();
        self.unfinished
    }

    /// Refuses the message that is held: [`Connection::poll_event`] returns the error next. Returns `false` if none is
    /// held.
    pub fn refuse_message(&mut self) -> bool {
        let is_held = self.is_held();
        if is_held {
            self.held_end = Some(Box::new(HeldEnd::Error(self.framing.too_big())));
            self.unfinished = true;
        }
        is_held
    }

    /// Handles that the peer has ended its side. The socket reports nothing more, so nothing is left to wait for: a message
    /// that is held is refused, as the program may never decide about it, and other threads decompress nothing any more.
    pub fn handle_hang_up(&mut self) {
        self.framing.io_mut().inflow_mut().stop_jobs();
        self.refuse_message();
    }

    /// Whether nothing is read for now: a message is held, or another thread decompresses it.
    pub fn is_suspended(&self) -> bool {
        self.is_held() || self.is_decompressing()
    }

    /// Whether another thread decompresses a message, or has done so. A turn continues with the result.
    pub fn is_decompressing(&self) -> bool {
        self.framing.io().inflow().has_job()
    }

    /// Whether a message is held, and it is not yet decided what becomes of it. Nothing is read until then.
    pub fn is_held(&self) -> bool {
        self.framing.io().inflow().is_held() && self.held_end.is_none()
    }
}
