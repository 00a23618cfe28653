//! Tests of large messages, which are read into kept memory.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // A test may panic.

use super::Inflow;
use super::tests::{Got, Receiver, frame, message};
use crate::payload_memory::PayloadMemory;
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
