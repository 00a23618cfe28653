//! `/source`: sends numbered messages as fast as the socket accepts them.

use std::{future::poll_fn, task::Poll};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::tungstenite::{
    Error, Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use crate::request_head::Query;

use super::{
    message_kind::MessageKind,
    socket::{ModeResult, Socket, TcpEnd, close_handshake, next},
};

/// The largest message: more than any test needs, so that a typing error does not exhaust memory.
pub(super) const MAX_SIZE: usize = 256 * 1024 * 1024;

/// The parameters of the mode.
#[derive(Debug)]
pub(crate) struct Source {
    /// 0 stands for no limit: sends until the client closes.
    count: u64,
    size: usize,
    content: Content,
    /// Whether a close frame follows the last message.
    close: bool,
}

impl Source {
    pub(super) fn from_query(query: &Query) -> Result<Self, String> {
        let size = query.number("size", 64)?;
        if size > MAX_SIZE {
            return Err(format!("parameter size={size} is more than {MAX_SIZE}"));
        }
        Ok(Self {
            count: query.number("count", 1)?,
            size,
            content: Content::from_query(query, size)?,
            close: query.flag("close", true)?,
        })
    }

    pub(super) async fn run(self, socket: &mut Socket) -> ModeResult {
        let mut number = 0;
        while self.count == 0 || number < self.count {
            match writable(socket).await {
                Readiness::Writable => socket.feed(self.message(number)).await?,
                Readiness::Closed => return Ok(TcpEnd::Finish),
                Readiness::Failed(error) => return Err(error),
            }
            number += 1;
        }
        socket.flush().await?;
        if self.close {
            let frame = CloseFrame {
                code: CloseCode::Normal,
                reason: "".into(),
            };
            return close_handshake(socket, Some(frame)).await;
        }
        while let Some(message) = next(socket).await {
            message?;
        }
        Ok(TcpEnd::Finish)
    }

    fn message(&self, number: u64) -> Message {
        match &self.content {
            Content::Json(end) => Message::text(padded(json(number, end, self.size), self.size)),
            Content::Text => Message::text(padded(number.to_string(), self.size)),
            Content::Binary => Message::binary(numbered(number, self.size)),
        }
    }
}

/// What the messages contain.
#[derive(Debug)]
enum Content {
    Binary,
    /// The number in digits.
    Text,
    /// A text: a JSON object with the number. Holds what follows the number.
    Json(String),
}

impl Content {
    /// Accepts `kind=json` beside the message kinds.
    ///
    /// # Errors
    /// If the value is unknown.
    fn from_query(query: &Query, size: usize) -> Result<Self, String> {
        if query.get("kind") == Some("json") {
            return Ok(Self::Json(prices(size)));
        }
        Ok(match MessageKind::from_query(query)? {
            Some(MessageKind::Text) => Self::Text,
            Some(MessageKind::Binary) | None => Self::Binary,
        })
    }
}

/// Returns the text, padded with spaces. Not by `format!`, whose width is limited to 65 535.
fn padded(mut text: String, size: usize) -> String {
    text.extend(std::iter::repeat_n(' ', size.saturating_sub(text.len())));
    text
}

/// Returns a JSON object with the number, and [`prices`] as its end.
fn json(number: u64, end: &str, size: usize) -> String {
    let mut text = String::with_capacity(size);
    text.push_str(NUMBER);
    text.push_str(&number.to_string());
    text.push_str(end);
    text
}

/// The start of a JSON object.
const NUMBER: &str = "{\"number\":";
/// The digits that fit into the size beside the array.
const DIGITS: usize = 10;

/// Returns the end of a JSON object of the size: an array.
fn prices(size: usize) -> String {
    const PRICE: &str = "64123.5,";
    let [start, end] = [",\"prices\":[", "0]}"];
    let count = size.saturating_sub(NUMBER.len() + DIGITS + start.len() + end.len()) / PRICE.len();
    [start, &PRICE.repeat(count), end].concat()
}

/// Returns a payload with the number in its first eight bytes. A shorter payload holds the low bytes of the number.
fn numbered(number: u64, size: usize) -> Vec<u8> {
    let digits = number.to_be_bytes();
    let fitting = size.min(digits.len());
    let mut payload = Vec::with_capacity(size);
    payload.extend_from_slice(digits.get(digits.len() - fitting..).unwrap_or_default());
    payload.resize(size, 0);
    payload
}

/// Whether the next message can be sent.
enum Readiness {
    Writable,
    Closed,
    Failed(Error),
}

/// Waits until the socket accepts a message. Meanwhile answers pings and the close frame.
async fn writable(socket: &mut Socket) -> Readiness {
    poll_fn(|cx| {
        while let Poll::Ready(message) = socket.poll_next_unpin(cx) {
            match message {
                None => return Poll::Ready(Readiness::Closed),
                Some(Err(error)) => return Poll::Ready(Readiness::Failed(error)),
                Some(Ok(_)) => {}
            }
        }
        socket
            .poll_ready_unpin(cx)
            .map(|ready| ready.map_or_else(Readiness::Failed, |()| Readiness::Writable))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_the_number_into_the_first_eight_bytes() {
        assert_eq!(numbered(258, 10), [0, 0, 0, 0, 0, 0, 1, 2, 0, 0]);
        assert_eq!(numbered(258, 1), [2]);
    }

    #[test]
    fn pads_text_with_spaces() {
        assert_eq!(source(Content::Text, 5).message(42), Message::text("42   "));
    }

    #[test]
    fn sends_json_of_the_size_with_the_number() {
        let message = source(Content::Json(prices(128)), 128).message(42);
        let text = message.to_text().unwrap();
        assert_eq!(text.len(), 128);
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(value["number"], 42);
        assert_eq!(value["prices"][0], 64123.5);
    }

    fn source(content: Content, size: usize) -> Source {
        Source {
            count: 1,
            size,
            content,
            close: true,
        }
    }
}
