//! Tests of large messages, which are read into kept memory.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // A test may panic.

use super::tests::{Got, Receiver, frame, message};
use super::{Inflow, WINDOW_SIZE};
use crate::destination::{Destination, Destinations};
use crate::payload_memory::PayloadMemory;
use std::sync::{Arc, Mutex};
use websocket_rs_protocol::frame::Kind;

/// Size of a message that does not fit into a window.
const LARGE: usize = 100_000;

/// Returns a receiver of large messages.
fn receiver(memory: &PayloadMemory) -> Receiver {
    let mut receiver = Receiver::new(None);
    receiver.inflow = Inflow::new(Vec::new(), 2 * LARGE, None);
    receiver.inflow.use_memory(memory.clone());
    receiver
}

/// Returns a binary frame of [`LARGE`] bytes.
fn large_frame() -> (Vec<u8>, Vec<u8>) {
    let payload: Vec<u8> = (0..=250).cycle().take(LARGE).collect();
    let length = (LARGE as u64).to_be_bytes();
    ([&[0x82, 127], &length[..], &payload].concat(), payload)
}

#[test]
fn reads_a_large_payload_into_kept_memory_and_never_past_its_end() {
    let memory = PayloadMemory::default();
    let mut receiver = receiver(&memory);
    let (large, payload) = large_frame();
    let next = frame(0x81, b"next");
    for splits in [vec![LARGE], vec![5, 70_000], vec![11, 90_000, 99_999, LARGE + 10]] {
        let bytes = [&large[..], &next].concat();
        let mut got = Vec::new();
        let mut from = 0;
        for end in splits.into_iter().chain([bytes.len()]) {
            got.extend(receiver.receive(&bytes[from..end]));
            from = end;
        }
        assert_eq!(got, [Got::Message(payload.clone()), message("next")]);
        // What was in the memory before does not show.
        memory.give_back(vec![0xee; LARGE + 1000]);
        assert_eq!(memory.take(LARGE / 4), None, "it does not fit");
    }
}

#[test]
fn a_large_message_that_has_arrived_in_part_can_be_streamed() {
    let memory = PayloadMemory::default();
    memory.give_back(vec![0xee; LARGE]);
    let mut receiver = receiver(&memory);
    let (large, payload) = large_frame();
    assert_eq!(receiver.receive(&large[..80_010]), []);
    assert_eq!(memory.take(LARGE), None, "it is in use");
    assert!(receiver.inflow.stream_message());
    let mut got = receiver.receive(&large[80_010..]);
    assert_eq!(got.remove(0), Got::Start(Kind::Binary));
    assert_eq!(got.pop(), Some(Got::End));
    let copy = |got| match got {
        Got::Chunk(chunk) => chunk,
        other => panic!("{other:?}"),
    };
    let chunks: Vec<_> = got.into_iter().map(copy).collect();
    assert_eq!(chunks.concat(), payload);
}

#[test]
fn a_large_message_that_is_cut_off_is_none() {
    let memory = PayloadMemory::default();
    memory.give_back(vec![0xee; LARGE]);
    let mut receiver = receiver(&memory);
    let (large, _) = large_frame();
    assert_eq!(receiver.receive(&large[..80_000]), []);
    receiver.peer.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(receiver.turn(), [Got::Codec]);
    assert!(receiver.inflow.partial.is_none());
    assert!(memory.take(LARGE).is_some(), "its memory is given back");
}

/// Makes memory, and counts it.
#[derive(Debug, Default)]
struct Made {
    /// The lengths that were asked for.
    lengths: Mutex<Vec<usize>>,
    /// What the length of the memory differs by.
    too_long: usize,
}

/// Memory that a message is delivered in.
#[derive(Debug)]
struct Place(Vec<u8>);

impl Destination for Place {
    fn bytes(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Destinations for Made {
    fn make(&self, length: usize) -> Option<Box<dyn Destination>> {
        self.lengths.lock().unwrap().push(length);
        Some(Box::new(Place(vec![0xee; length + self.too_long])))
    }
}

/// Returns memory with destinations, and what makes them.
fn destinations(too_long: usize) -> (PayloadMemory, Arc<Made>) {
    let made = Arc::new(Made {
        too_long,
        ..Made::default()
    });
    (PayloadMemory::new(made.clone()), made)
}

/// Returns the header of a frame to the client.
fn header(first: u8, length: usize) -> Vec<u8> {
    [&[first, 127], &(length as u64).to_be_bytes()[..]].concat()
}

#[test]
fn reads_a_large_binary_payload_into_its_destination_and_never_past_its_end() {
    let (memory, made) = destinations(0);
    let mut receiver = receiver(&memory);
    let (large, payload) = large_frame();
    let bytes = [&large[..], &frame(0x81, b"next")].concat();
    for end in [5, 11, 40_000, 99_000, LARGE + 10, bytes.len()] {
        let mut got = receiver.receive(&bytes[..end]);
        got.extend(receiver.receive(&bytes[end..]));
        assert_eq!(got, [Got::Message(payload.clone()), message("next")], "{end}");
    }
    assert_eq!(*made.lengths.lock().unwrap(), [LARGE; 6]);
}

#[test]
fn only_large_binary_messages_in_one_frame_have_a_destination() {
    let (memory, made) = destinations(0);
    let mut receiver = receiver(&memory);
    let text = [header(0x81, LARGE), vec![b'a'; LARGE]].concat();
    assert_eq!(receiver.receive(&text), [Got::Message(vec![b'a'; LARGE])]);
    let fragments = [header(0x02, LARGE), vec![1; LARGE], frame(0x80, &[1])].concat();
    assert_eq!(receiver.receive(&fragments), [Got::Message(vec![1; LARGE + 1])]);
    let small = 64 * 1024 - 1;
    assert!(memory.destination(small).is_none());
    assert!(memory.destination(16 * 1024 * 1024 + 1).is_none());
    assert!(made.lengths.lock().unwrap().is_empty());
}

#[test]
fn memory_of_another_size_is_no_destination() {
    let (memory, made) = destinations(1);
    let mut receiver = receiver(&memory);
    let (large, payload) = large_frame();
    assert_eq!(receiver.receive(&large), [Got::Message(payload)]);
    assert_eq!(*made.lengths.lock().unwrap(), [LARGE]);
}

#[test]
fn headers_take_a_bounded_number_of_destinations() {
    let (memory, made) = destinations(0);
    let length = 16 * 1024 * 1024;
    let mut receivers: Vec<_> = (0..8)
        .map(|_| {
            let mut receiver = receiver(&memory);
            receiver.inflow = Inflow::new(Vec::new(), length, None);
            receiver.inflow.use_memory(memory.clone());
            assert_eq!(receiver.receive(&header(0x82, length)), []);
            receiver
        })
        .collect();
    assert_eq!(made.lengths.lock().unwrap().len(), 6, "96 MiB");
    receivers.remove(0);
    assert!(
        memory.destination(length).is_some(),
        "what a connection held is free"
    );
}

#[test]
fn a_message_whose_destination_is_filled_in_part_can_be_streamed_or_cut_off() {
    let (memory, _) = destinations(0);
    let (large, payload) = large_frame();
    let mut streamed = receiver(&memory);
    assert_eq!(streamed.receive(&large[..80_010]), []);
    assert!(streamed.inflow.stream_message());
    let mut got = streamed.receive(&large[80_010..]);
    assert_eq!(
        (got.remove(0), got.pop()),
        (Got::Start(Kind::Binary), Some(Got::End))
    );
    let chunks = got.into_iter().flat_map(|got| match got {
        Got::Chunk(chunk) => chunk,
        other => panic!("{other:?}"),
    });
    assert_eq!(chunks.collect::<Vec<_>>(), payload);
    let mut cut_off = receiver(&memory);
    assert_eq!(cut_off.receive(&large[..80_000]), []);
    cut_off.peer.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(cut_off.turn(), [Got::Codec]);
    assert!(cut_off.inflow.partial.is_none());
}

#[test]
fn a_small_message_and_one_of_64_kib_are_received_by_one_read() {
    let mut receiver = receiver(&PayloadMemory::default());
    let payload = vec![7; 64 * 1024];
    let header = [&[0x82, 127], &(payload.len() as u64).to_be_bytes()[..]].concat();
    let frames = [frame(0x82, &[1; 16]), header, payload.clone()].concat();
    assert_eq!(
        receiver.receive(&frames),
        [Got::Message(vec![1; 16]), Got::Message(payload)]
    );
    assert_eq!(receiver.reads(), 1);
}

#[test]
fn a_window_has_room_left_behind_messages_of_64_kib_together() {
    for size in (10..=16).map(|power| 1_usize << power) {
        let header = if size < 64 * 1024 { 4 } else { 10 };
        let together = 64 * 1024 / size * (size + header);
        assert!(together < WINDOW_SIZE, "{size}");
    }
}
