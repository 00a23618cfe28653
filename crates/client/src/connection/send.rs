//! Sending, flushing, and ending a connection.

use super::state::Connection;
use crate::error::{Error, ErrorKind, Phase};
use crate::framing::FrameOptions;
use crate::lingering_close::LingeringClose;
use bytes::Bytes;
use websocket_rs_protocol::frame::Kind;

impl Connection {
    /// Encodes a message. It is written by the next [`Connection::flush`], or earlier if much is held.
    pub fn send(&mut self, kind: Kind, payload: &[u8]) -> Result<(), Error> {
        if self.framing.io().socket().write_failed() {
            return Err(Error::new(Phase::Open, ErrorKind::Closing));
        }
        let alone = self.messages_sent == self.messages_received && self.buffered() == 0;
        self.framing.send(kind, payload, alone)?;
        self.messages_sent += 1;
        Ok(())
    }

    /// Encodes a frame, as [`Connection::send`] does a message. All frames of a message have its kind. Fails if the frame
    /// cannot be the next one of a message.
    pub fn send_frame(&mut self, kind: Kind, payload: &[u8], options: FrameOptions) -> Result<(), Error> {
        if self.framing.io().socket().write_failed() {
            return Err(Error::new(Phase::Open, ErrorKind::Closing));
        }
        let alone = self.messages_sent == self.messages_received && self.buffered() == 0;
        self.framing.send_frame(kind, payload, options, alone)?;
        self.messages_sent += u64::from(!options.more);
        Ok(())
    }

    /// Encodes a ping of at most 125 bytes.
    pub fn ping(&mut self, payload: Bytes) -> Result<(), Error> {
        self.framing.ping(payload)
    }

    /// Encodes a pong of at most 125 bytes.
    pub fn pong(&mut self, payload: Bytes) -> Result<(), Error> {
        self.framing.pong(payload)
    }

    /// Appends bytes to those that are encoded, which is for programs that write to the socket of a connection. They
    /// are no frame of this connection: the caller answers for them.
    pub fn send_raw(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.framing.io().socket().write_failed() {
            return Err(Error::new(Phase::Open, ErrorKind::Closing));
        }
        self.framing.io_mut().outflow_mut().put(bytes);
        Ok(())
    }

    /// Begins the closing handshake, or does nothing if it has begun. `None` sends a close frame without a code.
    pub fn close(&mut self, frame: Option<(u16, &str)>) -> Result<(), Error> {
        match self.framing.close(frame) {
            Err(Error {
                kind: ErrorKind::Closing,
                ..
            }) => Ok(()),
            other => other,
        }
    }

    /// Writes what is held. Returns `true` if nothing is left to write; what waits to be compressed does not count. A failed write drops the rest;
    /// [`Connection::poll_event`] returns its error once everything that has arrived is decoded.
    pub fn flush(&mut self) -> bool {
        let flushed = self.framing.poll_flush().is_ready();
        if self.framing.io().socket().write_failed() {
            self.unfinished = true;
        }
        if self.unsent_pongs.bytes() > 0 {
            self.unsent_pongs.settle(self.framing.io().outflow().written());
        }
        if self.framing.is_closed() && flushed && !self.is_shut && !self.awaits_end {
            return self.shut_down();
        }
        flushed
    }

    /// Returns whether encoded bytes wait until the stream that the caller carries accepts them.
    pub fn is_blocked(&self) -> bool {
        self.framing.io().outflow().len() > 0 || self.framing.io().socket().write_failed()
    }

    /// Returns whether a write has failed, which has dropped what was unsent.
    pub fn has_write_failed(&self) -> bool {
        self.framing.io().socket().write_failed()
    }

    /// Compresses everything that waits for it, on this thread or together with the thread that has begun. For the end
    /// of a program, and before a call that blocks the thread.
    pub fn finish_compressing(&mut self) {
        if self.framing.has_backlog() {
            self.framing.advance_backlog(true);
            self.flush();
        }
    }

    /// Lends a buffer for encoded frames, unless the connection has one.
    pub fn lend_buffer(&mut self, spare: &mut Vec<u8>) {
        self.framing.io_mut().outflow_mut().lend(spare);
    }

    /// Takes the buffer back if it is empty, so that idle connections share one.
    pub fn reclaim_buffer(&mut self, spare: &mut Vec<u8>) {
        self.framing.io_mut().outflow_mut().reclaim(spare);
    }

    /// Leaves it to the peer to end the connection after both close frames, which RFC 6455 section 7.1.1 prefers: the end
    /// of this side, sent earlier, would be one more packet for the peer to handle. Until [`Connection::end_writing`].
    pub fn await_end(&mut self) {
        self.awaits_end = true;
    }

    /// Returns whether both close frames have been sent and received, and the peer is to end the connection.
    pub fn is_awaiting_end(&self) -> bool {
        self.awaits_end && self.framing.is_closed()
    }

    /// Ends the writing side as soon as both close frames have been sent and received: the peer may be waiting for that.
    pub fn end_writing(&mut self) {
        self.awaits_end = false;
        self.flush();
    }

    /// Ends the writing side after both close frames (RFC 6455 section 7.1.1). Returns whether nothing is left to
    /// write.
    #[cold]
    fn shut_down(&mut self) -> bool {
        self.is_shut = self.framing.io_mut().poll_shutdown().is_ready();
        self.is_shut
    }

    /// Fails the connection (RFC 6455 section 7.1.7). If the error has a close code, sends a close frame and returns
    /// what has to [run](LingeringClose::finish) on Tokio for the peer to receive it. Otherwise closes the socket.
    pub fn fail(&mut self, error: &Error) -> Option<Box<LingeringClose>> {
        let lingering = error.close_code().and_then(|code| {
            self.framing.drop_backlog();
            // The connection fails in any case, with or without the close frame.
            let _ = self.close(Some((code, "")));
            self.flush();
            if self.framing.io().socket().write_failed() {
                return None;
            }
            let (stream, unsent) = self.framing.io_mut().take_stream();
            Some(Box::new(LingeringClose::new(stream, &unsent)))
        });
        self.terminate();
        lingering
    }

    /// Closes the socket without a close frame.
    pub fn terminate(&mut self) {
        self.framing.drop_backlog();
        self.framing.io_mut().socket_mut().close();
    }
}
