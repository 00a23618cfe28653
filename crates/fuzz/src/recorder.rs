//! Records the events a connection returns, and compares them with the reference.

use crate::reference::{Decoded, ReceivedEvent, StreamOutcome};
use std::ops::Range;
use websocket_rs_client::{Error, ErrorKind, Event, Kind, Payload};

/// The events so far, and where their messages lie.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(crate) events: Vec<ReceivedEvent>,
    pub(crate) outcome: StreamOutcome,
    /// The messages that stay in a slab: index of the event, index of the slab, range in the slab.
    placed: Vec<(usize, usize, Range<usize>)>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            outcome: StreamOutcome::Open,
            placed: Vec::new(),
        }
    }
}

impl Recorder {
    /// Records an event. `window` begins at byte `start` of the slab.
    pub(crate) fn record(&mut self, event: Event, window: &[u8], slab: usize, start: usize) {
        let received = match event {
            Event::Message(kind, Payload::Window(place)) => {
                let payload = window[place.clone()].to_vec();
                self.placed
                    .push((self.events.len(), slab, start + place.start..start + place.end));
                message(kind, payload)
            }
            Event::Message(kind, Payload::Owned(payload)) => message(kind, payload.to_vec()),
            // Only connections that ask for pings get them.
            Event::Ping(_) => return,
            Event::Pong(payload, _) => ReceivedEvent::Pong(payload.to_vec()),
            Event::Close(code, reason) => ReceivedEvent::Close(code, reason.to_vec()),
            Event::End => {
                self.outcome = StreamOutcome::End;
                return;
            }
        };
        self.events.push(received);
    }

    /// Returns how the stream ended by this error.
    pub(crate) fn outcome_of(error: &Error) -> StreamOutcome {
        match (&error.kind, error.close_code()) {
            (_, Some(code)) => StreamOutcome::Failed(code),
            (ErrorKind::Dropped, None) => StreamOutcome::Dropped,
            (other, None) => panic!("an error that no peer can cause: {other:?}"),
        }
    }

    /// Compares the events with the expected ones, and checks that no message in a slab was overwritten.
    pub(crate) fn check(&self, expected: &Decoded, slabs: &[Vec<u8>]) {
        for (event, expected) in self.events.iter().zip(&expected.events) {
            assert!(
                event == expected,
                "received {event:.200?} instead of {expected:.200?}"
            );
        }
        assert_eq!(self.outcome, expected.outcome);
        assert_eq!(self.events.len(), expected.events.len());
        for (index, slab, place) in &self.placed {
            let (ReceivedEvent::Text(payload) | ReceivedEvent::Binary(payload)) = &self.events[*index] else {
                panic!("only messages lie in slabs");
            };
            assert!(
                slabs[*slab][place.clone()] == *payload,
                "message {index} was overwritten"
            );
        }
    }
}

fn message(kind: Kind, payload: Vec<u8>) -> ReceivedEvent {
    match kind {
        Kind::Text => ReceivedEvent::Text(payload),
        Kind::Binary => ReceivedEvent::Binary(payload),
    }
}
