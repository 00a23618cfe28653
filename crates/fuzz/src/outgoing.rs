//! What a connection sends, and what of it has to reach the peer.

use crate::reference::{Heard, Meaning, Outcome};
use rand::Rng;
use rand::rngs::SmallRng;
use websocket_rs_client::{Connection, Kind};
use websocket_rs_protocol::close::NO_STATUS;
use websocket_rs_protocol::frame::{FrameHeader, Opcode, mask};

/// Everything that was accepted for sending.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) messages: Vec<(Kind, Vec<u8>)>,
    pings: Vec<Vec<u8>>,
    /// The payload of a close frame that was sent before any came.
    close: Option<Vec<u8>>,
    closing: bool,
}

impl Sent {
    pub(crate) fn message(&mut self, connection: &mut Connection, kind: Kind, size: usize) {
        // Each begins elsewhere in the alphabet.
        let letters = (b'a'..=b'w').cycle().skip(self.messages.len() % 23);
        let payload: Vec<u8> = letters.take(size).collect();
        match connection.send(kind, &payload) {
            Ok(()) => self.messages.push((kind, payload)),
            Err(_) => self.closing = true,
        }
    }

    pub(crate) fn ping(&mut self, connection: &mut Connection, rng: &mut SmallRng) {
        let payload = vec![rng.random(); rng.random_range(0..=125)];
        match connection.ping(payload.clone().into()) {
            Ok(()) => self.pings.push(payload),
            Err(_) => self.closing = true,
        }
    }

    pub(crate) fn close(&mut self, connection: &mut Connection, rng: &mut SmallRng) {
        // The message says whether a close frame has been sent or has come before.
        self.message(connection, Kind::Text, 3);
        if self.closing {
            return;
        }
        let reason = "over".repeat(rng.random_range(0..30));
        let payload = [&1000_u16.to_be_bytes(), reason.as_bytes()].concat();
        assert!(connection.close(Some((1000, &reason))).is_ok());
        self.close = Some(payload);
    }
}

/// Frames as a server has to see them (RFC 6455 sections 5.1 to 5.5).
fn frames(mut bytes: &[u8]) -> Vec<(Opcode, Vec<u8>)> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let header = FrameHeader::parse(bytes).expect("a whole header");
        assert!(header.fin && header.masked && !header.reserved);
        let end = header.size + usize::try_from(header.length).expect("it fits");
        let mut payload = bytes[header.size..end].to_vec();
        let key = bytes[header.size - 4..].first_chunk().expect("a mask");
        mask(&mut payload, *key);
        frames.push((header.opcode, payload));
        bytes = &bytes[end..];
    }
    frames
}

/// Everything that was sent arrives, in order; each ping is answered; one close frame comes last.
pub(crate) fn check_outgoing(bytes: &[u8], sent: &Sent, expected: &Meaning) {
    let mut frames = frames(bytes);
    if let Some(close) = closing(sent, expected) {
        let last = frames.pop().expect("at least the close frame");
        assert_eq!(last, (Opcode::Close, close));
    }
    let mut messages = sent.messages.iter();
    let (mut pings, mut answers) = (sent.pings.iter(), expected.pings.iter());
    for (opcode, payload) in frames {
        let should = match opcode {
            Opcode::Text | Opcode::Binary => {
                let (kind, message) = messages.next().expect("no more than was sent");
                assert_eq!(*kind == Kind::Text, opcode == Opcode::Text);
                message
            }
            Opcode::Control(9) => pings.next().expect("no more than was sent"),
            Opcode::Control(10) => answers.next().expect("no more than pings came"),
            other => panic!("{other:?} before the last frame"),
        };
        assert!(
            payload == *should,
            "sent {payload:.200?} instead of {should:.200?}"
        );
    }
    assert_eq!(
        (messages.len(), pings.len()),
        (0, 0),
        "something was sent and did not arrive"
    );
    // After a close frame of ours no ping is answered.
    assert!(
        answers.len() == 0 || sent.close.is_some(),
        "{} pings without an answer",
        answers.len()
    );
}

/// The close frame that has to be the last thing that is sent.
fn closing(sent: &Sent, expected: &Meaning) -> Option<Vec<u8>> {
    if let Some(payload) = &sent.close {
        return Some(payload.clone());
    }
    match (expected.heard.last(), &expected.outcome) {
        (Some(Heard::Close(NO_STATUS, _)), _) => Some(Vec::new()),
        (Some(Heard::Close(code, _)), _) | (_, Outcome::Failed(code)) => Some(code.to_be_bytes().to_vec()),
        _ => None,
    }
}
