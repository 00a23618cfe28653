//! Records the events a connection returns, and compares them with the reference.

use crate::reference::{Decoded, ReceivedEvent, StreamOutcome};
use std::ops::Range;
use websocket_rs_client::{Error, ErrorKind, Event, Kind, Payload};

/// The events so far, and where their messages lie.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(crate) events: Vec<ReceivedEvent>,
    pub(crate) outcome: StreamOutcome,
    /// The payloads that stay in a slab: index of the slab, range in the slab, bytes.
    placed: Vec<(usize, Range<usize>, Vec<u8>)>,
    /// The message that is being delivered as it arrives.
    streamed: Option<(Kind, Vec<u8>)>,
    /// The chunks of streams so far.
    pub(crate) chunks: usize,
    /// The current stream is skipped.
    pub(crate) is_skipped: bool,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            outcome: StreamOutcome::Open,
            placed: Vec::new(),
            streamed: None,
            chunks: 0,
            is_skipped: false,
        }
    }
}

impl Recorder {
    /// Records an event. `window` begins at byte `start` of the slab.
    pub(crate) fn record(&mut self, event: Event, window: &[u8], slab: usize, start: usize) {
        let received = match event {
            Event::Message(kind, payload) => {
                assert!(self.streamed.is_none(), "a message within a stream");
                message(kind, self.take(payload, window, slab, start))
            }
            // Only connections that ask for pings get them.
            Event::Ping(_) => return,
            Event::StreamStart(kind) => {
                assert!(self.streamed.replace((kind, Vec::new())).is_none());
                return;
            }
            Event::Chunk(kind, payload) => {
                let chunk = self.take(payload, window, slab, start);
                let (streamed, content) = self.streamed.as_mut().expect("a stream has begun");
                assert!(!chunk.is_empty() && kind == *streamed);
                assert!(kind == Kind::Binary || std::str::from_utf8(&chunk).is_ok());
                content.extend(chunk);
                self.chunks += 1;
                return;
            }
            Event::StreamEnd => {
                let (kind, content) = self.streamed.take().expect("a stream has begun");
                if self.is_skipped {
                    assert!(content.is_empty());
                    ReceivedEvent::Skipped
                } else {
                    message(kind, content)
                }
            }
            Event::Held => panic!("the driver decides about it"),
            Event::Pong(payload, _) => ReceivedEvent::Pong(payload.to_vec()),
            Event::Close(code, reason) => ReceivedEvent::Close(code, reason.to_vec()),
            Event::End => {
                self.outcome = StreamOutcome::End;
                return;
            }
        };
        self.events.push(received);
    }

    /// Returns a payload, and notes it if it stays in the slab.
    fn take(&mut self, payload: Payload, window: &[u8], slab: usize, start: usize) -> Vec<u8> {
        match payload {
            Payload::Window(place) => {
                let bytes = window[place.clone()].to_vec();
                self.placed
                    .push((slab, start + place.start..start + place.end, bytes.clone()));
                bytes
            }
            Payload::Owned(bytes) => bytes.clone(),
            Payload::Destination(mut destination) => destination.bytes().to_vec(),
        }
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
        for (slab, place, bytes) in &self.placed {
            assert!(slabs[*slab][place.clone()] == *bytes, "a message was overwritten");
        }
    }
}

fn message(kind: Kind, payload: Vec<u8>) -> ReceivedEvent {
    match kind {
        Kind::Text => ReceivedEvent::Text(payload),
        Kind::Binary => ReceivedEvent::Binary(payload),
    }
}
