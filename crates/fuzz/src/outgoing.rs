//! What a connection sends, and the check that all of it reaches the peer.

use crate::reference::{Decoded, ReceivedEvent, StreamOutcome};
use rand::Rng;
use rand::rngs::SmallRng;
use websocket_rs_client::{Connection, Kind};
use websocket_rs_protocol::close::NO_STATUS;
use websocket_rs_protocol::frame::{FrameHeader, Opcode, mask};

/// Everything the connection accepted for sending.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) messages: Vec<(Kind, Vec<u8>)>,
    pings: Vec<Vec<u8>>,
    /// The payload of the close frame, if it was sent before the peer's close frame was received.
    close: Option<Vec<u8>>,
    /// The connection accepts no more messages.
    closing: bool,
}

impl Sent {
    pub(crate) fn message(&mut self, connection: &mut Connection, kind: Kind, size: usize) {
        // Each message starts with another letter, so that exchanged messages are noticed.
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
        // The connection rejects this message if a close frame was sent or received before.
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

/// Decodes the frames and checks that a server accepts them (RFC 6455 sections 5.1 to 5.5).
fn frames(mut bytes: &[u8]) -> Vec<(Opcode, Vec<u8>)> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let header = FrameHeader::parse(bytes).expect("a whole header");
        assert!(header.fin && header.masked && header.reserved == 0);
        let end = header.size + usize::try_from(header.length).expect("it fits");
        let mut payload = bytes[header.size..end].to_vec();
        let key = bytes[header.size - 4..].first_chunk().expect("a mask");
        mask(&mut payload, *key);
        frames.push((header.opcode, payload));
        bytes = &bytes[end..];
    }
    frames
}

/// Checks that everything sent arrives in order, that each ping has its pong, and that one close frame comes last.
pub(crate) fn check_outgoing(bytes: &[u8], sent: &Sent, expected: &Decoded) {
    let mut frames = frames(bytes);
    if let Some(close) = expected_close(sent, expected) {
        let last = frames.pop().expect("at least the close frame");
        assert_eq!(last, (Opcode::Close, close));
    }
    let mut messages = sent.messages.iter();
    let (mut own_pings, mut due_pongs) = (sent.pings.iter(), expected.pings.iter());
    for (opcode, payload) in frames {
        let should = match opcode {
            Opcode::Text | Opcode::Binary => {
                let (kind, message) = messages.next().expect("nothing arrives that was not sent");
                assert_eq!(*kind == Kind::Text, opcode == Opcode::Text);
                message
            }
            Opcode::Control(9) => own_pings.next().expect("nothing arrives that was not sent"),
            Opcode::Control(10) => due_pongs.next().expect("no more pongs than pings received"),
            other => panic!("{other:?} before the last frame"),
        };
        assert!(
            payload == *should,
            "sent {payload:.200?} instead of {should:.200?}"
        );
    }
    assert_eq!(
        (messages.len(), own_pings.len()),
        (0, 0),
        "a message or ping did not arrive"
    );
    // After its own close frame the connection answers no ping.
    assert!(
        due_pongs.len() == 0 || sent.close.is_some(),
        "{} pings without a pong",
        due_pongs.len()
    );
}

/// Returns the payload of the close frame that has to be sent last, or `None` if none has to be sent.
fn expected_close(sent: &Sent, expected: &Decoded) -> Option<Vec<u8>> {
    if let Some(payload) = &sent.close {
        return Some(payload.clone());
    }
    match (expected.events.last(), &expected.outcome) {
        (Some(ReceivedEvent::Close(NO_STATUS, _)), _) => Some(Vec::new()),
        (Some(ReceivedEvent::Close(code, reason)), _) => {
            Some([&code.to_be_bytes(), reason.as_slice()].concat())
        }
        (_, StreamOutcome::Failed(code)) => Some(code.to_be_bytes().to_vec()),
        _ => None,
    }
}
