//! What a connection has handed on so far.

use crate::reference::{Heard, Meaning, Outcome};
use std::ops::Range;
use websocket_rs_client::{Error, ErrorKind, Event, Kind, Payload};

/// Everything heard, and where messages lie.
#[derive(Debug)]
pub(crate) struct Ears {
    pub(crate) heard: Vec<Heard>,
    pub(crate) outcome: Outcome,
    /// Messages that stay where they came: which, in which slab and where there.
    placed: Vec<(usize, usize, Range<usize>)>,
}

impl Default for Ears {
    fn default() -> Self {
        Self {
            heard: Vec::new(),
            outcome: Outcome::Open,
            placed: Vec::new(),
        }
    }
}

impl Ears {
    /// Takes an event. `window` begins so many bytes into this slab.
    pub(crate) fn hear(&mut self, event: Event, window: &[u8], slab: usize, start: usize) {
        let heard = match event {
            Event::Message(kind, Payload::Window(place)) => {
                let payload = window[place.clone()].to_vec();
                self.placed
                    .push((self.heard.len(), slab, start + place.start..start + place.end));
                message(kind, payload)
            }
            Event::Message(kind, Payload::Owned(payload)) => message(kind, payload.to_vec()),
            Event::Pong(payload, _) => Heard::Pong(payload.to_vec()),
            Event::Close(code, reason) => Heard::Close(code, reason.to_vec()),
            Event::End => {
                self.outcome = Outcome::End;
                return;
            }
        };
        self.heard.push(heard);
    }

    /// What an error says about the stream.
    pub(crate) fn outcome_of(error: &Error) -> Outcome {
        match (&error.kind, error.close_code()) {
            (_, Some(code)) => Outcome::Failed(code),
            (ErrorKind::Dropped, None) => Outcome::Dropped,
            (other, None) => panic!("no peer can do this: {other:?}"),
        }
    }

    /// Holds it against what should have been heard, and looks whether all messages still lie there.
    pub(crate) fn check(&self, expected: &Meaning, slabs: &[Vec<u8>]) {
        for (heard, expected) in self.heard.iter().zip(&expected.heard) {
            assert!(
                heard == expected,
                "heard {heard:.200?} instead of {expected:.200?}"
            );
        }
        assert_eq!(self.outcome, expected.outcome);
        assert_eq!(self.heard.len(), expected.heard.len());
        for (index, slab, place) in &self.placed {
            let (Heard::Text(payload) | Heard::Binary(payload)) = &self.heard[*index] else {
                panic!("only messages are placed");
            };
            assert!(
                slabs[*slab][place.clone()] == *payload,
                "message {index} was overwritten"
            );
        }
    }
}

fn message(kind: Kind, payload: Vec<u8>) -> Heard {
    match kind {
        Kind::Text => Heard::Text(payload),
        Kind::Binary => Heard::Binary(payload),
    }
}
