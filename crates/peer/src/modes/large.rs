//! `/large`: sends messages of any size, as one frame or as fragments, then echoes.

use std::{io, mem};

use futures_util::{FutureExt as _, SinkExt as _};
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::{
    frame::{BINARY, CONTINUATION, FIN, PING, TEXT, push_header},
    request_head::Query,
};

use super::{
    echo::{self, Stamp},
    message_kind::MessageKind,
    socket::{ModeResult, Socket, TcpEnd, is_data, next},
};

/// How much is written at once.
const WRITE: usize = 64 * 1024;
/// What a text repeats. Some characters take several bytes, so that fragments and reads end within them.
const TEXT_PATTERN: &str = "Grüße, 1 €, 😀; ";
/// The length of what a binary message repeats: all bytes below. A prime, so that lost bytes are noticed.
const BINARY_PATTERN: u8 = 251;

/// The parameters of the mode.
#[derive(Debug)]
pub(crate) struct Large {
    bytes: u64,
    /// The size of a fragment; 0 stands for one frame.
    fragment: u64,
    kind: MessageKind,
    count: u64,
    /// Whether a ping follows each fragment but the last.
    ping: bool,
}

impl Large {
    pub(super) fn from_query(query: &Query) -> Result<Self, String> {
        Ok(Self {
            bytes: query.number("bytes", 0)?,
            fragment: query.number("fragment", 0)?,
            kind: MessageKind::from_query(query)?.unwrap_or(MessageKind::Binary),
            count: query.number("count", 1)?,
            ping: query.flag("ping", false)?,
        })
    }

    pub(super) async fn run(self, socket: &mut Socket) -> ModeResult {
        let mut early = Vec::new();
        for _ in 0..self.count {
            if !self.send(socket, &mut early).await? {
                return Ok(TcpEnd::Finish);
            }
        }
        for message in early {
            socket.feed(message).await?;
        }
        echo::run(socket, Stamp::None).await
    }

    /// Sends one message. Returns false if the client has closed the connection.
    async fn send(&self, socket: &mut Socket, early: &mut Vec<Message>) -> Result<bool, Error> {
        let pattern = self.pattern();
        let mut opcode = match self.kind {
            MessageKind::Text => TEXT,
            MessageKind::Binary => BINARY,
        };
        let mut at = 0;
        loop {
            if !answer(socket, early).await? {
                return Ok(false);
            }
            let most = if self.fragment == 0 {
                u64::MAX
            } else {
                self.fragment
            };
            let end = self.bytes.min(at + most.min(u64::MAX - at));
            let fin = if end == self.bytes { FIN } else { 0 };
            let mut header = Vec::new();
            push_header(
                &mut header,
                fin | mem::replace(&mut opcode, CONTINUATION),
                end - at,
                None,
            );
            let transport = socket.get_mut();
            transport.write_all(&header).await?;
            self.write(transport, &pattern, at, end).await?;
            at = end;
            if fin != 0 {
                return Ok(true);
            }
            if self.ping {
                transport.write_all(&[FIN | PING, 0]).await?;
            }
        }
    }

    /// Writes the bytes of the message from `at` to `end`.
    async fn write(
        &self,
        transport: &mut (impl tokio::io::AsyncWrite + Unpin),
        pattern: &[u8],
        mut at: u64,
        end: u64,
    ) -> io::Result<()> {
        let period = self.period();
        // The pattern ends with the last whole one; the rest of a text is filled.
        let whole = if self.kind == MessageKind::Text {
            self.bytes - self.bytes % period
        } else {
            self.bytes
        };
        while at < end {
            let (source, stop, from) = if at < whole {
                (pattern, end.min(whole), size(at % period))
            } else {
                (&[b'.'; 64][..], end, 0)
            };
            let length = size(stop - at).min(WRITE).min(source.len() - from);
            transport
                .write_all(source.get(from..from + length).unwrap_or_default())
                .await?;
            at += length as u64;
        }
        transport.flush().await
    }

    /// Returns the length of what is repeated.
    fn period(&self) -> u64 {
        match self.kind {
            MessageKind::Text => TEXT_PATTERN.len() as u64,
            MessageKind::Binary => BINARY_PATTERN.into(),
        }
    }

    /// Returns enough of the repeated bytes for a write from any place in them.
    fn pattern(&self) -> Vec<u8> {
        let length = WRITE + size(self.period());
        match self.kind {
            MessageKind::Text => TEXT_PATTERN.bytes().cycle().take(length).collect(),
            MessageKind::Binary => (0..BINARY_PATTERN).cycle().take(length).collect(),
        }
    }
}

/// Reads what has arrived, answers control frames and keeps messages for later. Returns false if the client has closed.
async fn answer(socket: &mut Socket, early: &mut Vec<Message>) -> Result<bool, Error> {
    while let Some(received) = next(socket).now_or_never() {
        match received {
            None => return Ok(false),
            Some(Ok(message)) if is_data(&message) => early.push(message),
            Some(message) => drop(message?),
        }
    }
    socket.flush().await?;
    Ok(true)
}

/// Converts a number that is at most the size of a buffer, or limited to one by the caller.
fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
