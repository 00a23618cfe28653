//! `/fragments`: replies to each message with a fragmented one (RFC 6455 section 5.4).

use bytes::Bytes;
use futures_util::SinkExt as _;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::request_head::Query;

use super::{
    message_kind::MessageKind,
    socket::{ModeResult, Socket, TcpEnd, is_data, next},
    source::MAX_SIZE,
};

const MAX_PARTS: usize = 1 << 20;

/// The parameters of the mode.
#[derive(Debug)]
pub(crate) struct Fragments {
    /// If set, the payload is this many bytes of `a` instead of the received payload.
    size: Option<usize>,
    parts: usize,
    /// If set, replaces the kind of the received message.
    kind: Option<MessageKind>,
}

impl Fragments {
    pub(super) fn from_query(query: &Query) -> Result<Self, String> {
        let size = query.get("size").map(|_| query.number("size", 0)).transpose()?;
        let parts = query.number("parts", 2)?;
        if size > Some(MAX_SIZE) || !(1..=MAX_PARTS).contains(&parts) {
            return Err(format!(
                "parameter size must be at most {MAX_SIZE}, and parts from 1 to {MAX_PARTS}"
            ));
        }
        Ok(Self {
            size,
            parts,
            kind: MessageKind::from_query(query)?,
        })
    }

    pub(super) async fn run(self, socket: &mut Socket) -> ModeResult {
        while let Some(message) = next(socket).await {
            let message = message?;
            if is_data(&message) {
                for frame in self.frames(message) {
                    socket.feed(Message::Frame(frame)).await?;
                }
            }
        }
        Ok(TcpEnd::Finish)
    }

    fn frames(&self, message: Message) -> impl Iterator<Item = Frame> {
        let received = if message.is_text() {
            MessageKind::Text
        } else {
            MessageKind::Binary
        };
        let first = match self.kind.unwrap_or(received) {
            MessageKind::Text => Data::Text,
            MessageKind::Binary => Data::Binary,
        };
        let payload = self
            .size
            .map_or_else(|| message.into_data(), |size| vec![b'a'; size].into());
        let last = self.parts - 1;
        split(payload, self.parts).enumerate().map(move |(index, part)| {
            let opcode = if index == 0 { first } else { Data::Continue };
            Frame::message(part, OpCode::Data(opcode), index == last)
        })
    }
}

/// Splits the payload into parts of about the same size, which may split characters.
fn split(payload: Bytes, parts: usize) -> impl Iterator<Item = Bytes> {
    (0..parts).map(move |index| {
        let start = payload.len() * index / parts;
        payload.slice(start..payload.len() * (index + 1) / parts)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_the_whole_payload_even_into_more_parts_than_bytes() {
        let parts: Vec<_> = split(Bytes::from_static(b"abc"), 5).collect();
        assert_eq!((parts.len(), parts.concat().as_slice()), (5, &b"abc"[..]));
    }

    #[test]
    fn sets_fin_on_the_last_frame_only() {
        let fragments = Fragments {
            size: None,
            parts: 3,
            kind: None,
        };
        let frames: Vec<_> = fragments.frames(Message::text("abcdef")).collect();
        let finals: Vec<_> = frames.iter().map(|frame| frame.header().is_final).collect();
        assert_eq!(finals, [false, false, true]);
        assert_eq!(frames[0].header().opcode, OpCode::Data(Data::Text));
        assert_eq!(frames[1].header().opcode, OpCode::Data(Data::Continue));
    }
}
