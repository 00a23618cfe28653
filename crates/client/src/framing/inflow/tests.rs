//! Tests of messages that are received in parts, over a socket pair.

#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

use super::*;
use crate::transport::Socket;
use std::io::Write;
use std::os::unix::net::UnixStream;
use websocket_rs_protocol::extensions::deflate::DeflateParameters;
use zlib_rs::{Deflate, DeflateFlush};

const MAX: usize = 100;

const DEFLATE: DeflateParameters = DeflateParameters {
    server_no_context_takeover: false,
    client_no_context_takeover: false,
    server_max_window_bits: 15,
    client_max_window_bits: 15,
};

/// A step with its payload copied.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Got {
    Message(Vec<u8>),
    Start(Kind),
    Chunk(Vec<u8>),
    End,
    Skipped,
    Held,
    Codec,
    Violation(FrameViolation),
}

pub(super) struct Receiver {
    pub(super) inflow: Inflow,
    stream: Stream,
    pub(super) peer: UnixStream,
    window: Vec<u8>,
}

impl Receiver {
    pub(super) fn new(deflate: Option<DeflateParameters>) -> Self {
        let (ours, peer) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        Self {
            inflow: Inflow::new(Vec::new(), MAX, deflate),
            stream: Stream::Plain(Socket::open(ours.into())),
            peer,
            window: vec![0; WINDOW_SIZE],
        }
    }

    /// Returns the steps of a turn after `bytes` have arrived.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> Vec<Got> {
        self.peer.write_all(bytes).unwrap();
        self.turn()
    }

    pub(super) fn turn(&mut self) -> Vec<Got> {
        self.stream.socket_mut().begin_turn(1);
        self.inflow.begin_turn(1);
        let mut steps = Vec::new();
        while let Poll::Ready(step) = self.inflow.poll_step(&mut self.window, &mut self.stream) {
            let step = self.copied(step);
            let is_last = matches!(step, Got::Violation(_) | Got::Codec);
            steps.push(step);
            if is_last {
                break;
            }
        }
        self.inflow.end(&self.window);
        steps
    }

    /// Returns how many reads have found something.
    pub(super) fn reads(&self) -> u64 {
        self.stream.socket().stats.reads
    }

    fn copied(&self, step: Step) -> Got {
        let copy = |payload| match payload {
            Payload::Window(place) => self.window.get(place).unwrap().to_vec(),
            Payload::Owned(bytes) => bytes.clone(),
            Payload::Destination(mut destination) => destination.bytes().to_vec(),
        };
        match step {
            Step::Message(_, payload) => Got::Message(copy(payload)),
            Step::StreamStart(kind) => Got::Start(kind),
            Step::Chunk(_, payload) => Got::Chunk(copy(payload)),
            Step::StreamEnd => Got::End,
            Step::Skipped => Got::Skipped,
            Step::Held => Got::Held,
            Step::Codec => Got::Codec,
            Step::Violation(violation) => Got::Violation(violation),
            other => panic!("{other:?}"),
        }
    }
}

pub(super) fn message(text: &str) -> Got {
    Got::Message(text.as_bytes().to_vec())
}

fn chunk(text: &str) -> Got {
    Got::Chunk(text.as_bytes().to_vec())
}

/// Returns a frame of at most 65 535 bytes.
pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[first, 126], &length[..], payload].concat()
}

fn compressed(deflate: &mut Deflate, message: &[u8]) -> Vec<u8> {
    let mut output = vec![0; 1000 + message.len() / 100];
    let before = deflate.total_out();
    deflate
        .compress(message, &mut output, DeflateFlush::SyncFlush)
        .unwrap();
    output.truncate(usize::try_from(deflate.total_out() - before).unwrap() - 4);
    output
}

#[test]
fn joins_fragments_and_checks_their_text_with_each() {
    let mut receiver = Receiver::new(None);
    assert_eq!(receiver.receive(&frame(0x01, b"a\xe2\x82")), []);
    assert_eq!(receiver.receive(&frame(0x00, b"\xac")), []);
    assert_eq!(receiver.receive(&frame(0x80, b"")), [message("a\u{20ac}")]);
    let invalid = [Got::Violation(FrameViolation::NotUtf8)];
    for fragments in [
        [frame(0x01, b"a\xe2\x82"), frame(0x00, b"a")],
        [frame(0x01, b"a\xe2\x82"), frame(0x80, b"")],
        [frame(0x01, b"valid"), frame(0x00, b"and \xff invalid")],
    ] {
        let mut receiver = Receiver::new(None);
        assert_eq!(receiver.receive(&fragments.concat()), invalid, "{fragments:x?}");
    }
}

#[test]
fn streams_the_next_message_in_whole_characters() {
    let mut receiver = Receiver::new(None);
    assert!(!receiver.inflow.stream_message());
    assert_eq!(
        receiver.receive(&[0x01, 6, b'a', 0xe2]),
        [Got::Start(Kind::Text), chunk("a")]
    );
    assert_eq!(receiver.receive(b"\x82"), []);
    assert_eq!(receiver.receive(b"\xac\xf0\x9d"), [chunk("\u{20ac}")]);
    let rest = [frame(0x80, b"\x84\x9ez"), frame(0x81, b"next")].concat();
    let steps = receiver.receive(&rest);
    assert_eq!(steps, [chunk("\u{1d11e}"), chunk("z"), Got::End, message("next")]);
}

#[test]
fn refuses_a_streamed_text_that_ends_within_a_character() {
    for payload in [&b"ab\xe2\x82"[..], b"ab\xe2\x28z"] {
        let mut receiver = Receiver::new(None);
        receiver.inflow.stream_message();
        let steps = receiver.receive(&frame(0x81, payload));
        let violation = Got::Violation(FrameViolation::NotUtf8);
        assert_eq!(steps, [Got::Start(Kind::Text), chunk("ab"), violation]);
    }
}

#[test]
fn streams_a_message_of_which_a_part_has_been_gathered() {
    let mut receiver = Receiver::new(None);
    assert_eq!(receiver.receive(&frame(0x01, b"12\xe2\x82")), []);
    assert!(receiver.inflow.stream_message());
    assert_eq!(receiver.turn(), [Got::Start(Kind::Text), chunk("12")]);
    let steps = receiver.receive(&[frame(0x00, b"\xac3"), frame(0x80, b"")].concat());
    assert_eq!(steps, [chunk("\u{20ac}"), chunk("3"), Got::End]);
    // What is gathered is judged like what arrives later.
    let mut receiver = Receiver::new(None);
    assert_eq!(receiver.receive(b"\x81\x05ab\xff"), []);
    assert_eq!(receiver.receive(&[]), []);
    assert!(!receiver.inflow.skip_message(), "it is gathered");
}

#[test]
fn holds_a_message_that_is_too_large_until_it_is_decided() {
    let large = frame(0x82, &[7; MAX + 1]);
    let behind = [large, frame(0x81, b"next")].concat();
    for (decide, expected) in [
        (
            Inflow::stream_message as fn(&mut Inflow) -> bool,
            vec![Got::Start(Kind::Binary), Got::Chunk(vec![7; MAX + 1]), Got::End],
        ),
        (Inflow::skip_message, vec![Got::Skipped]),
    ] {
        let mut receiver = Receiver::new(None);
        assert_eq!(receiver.receive(&behind), [Got::Held]);
        assert!(receiver.inflow.is_held());
        assert_eq!(receiver.turn(), []);
        assert!(decide(&mut receiver.inflow));
        assert!(!receiver.inflow.is_held());
        let mut steps = receiver.turn();
        assert_eq!(steps.pop(), Some(message("next")));
        assert_eq!(steps, expected);
    }
}

#[test]
fn holds_a_message_when_a_fragment_makes_it_too_large() {
    let mut receiver = Receiver::new(None);
    let fragments = [frame(0x01, &[b'a'; MAX]), frame(0x80, b"bc")].concat();
    assert_eq!(receiver.receive(&fragments), [Got::Held]);
    receiver.inflow.stream_message();
    let first = chunk(&"a".repeat(MAX));
    assert_eq!(
        receiver.turn(),
        [Got::Start(Kind::Text), first, chunk("bc"), Got::End]
    );
    let exact = [frame(0x01, &[b'a'; MAX - 1]), frame(0x80, b"b")].concat();
    assert!(matches!(receiver.receive(&exact).as_slice(), [Got::Message(_)]));
}

#[test]
fn reports_the_end_of_a_stream_that_is_skipped() {
    let mut receiver = Receiver::new(None);
    receiver.inflow.stream_message();
    let start = receiver.receive(&frame(0x01, b"ab"));
    assert_eq!(start, [Got::Start(Kind::Text), chunk("ab")]);
    assert!(receiver.inflow.skip_message());
    let rest = [frame(0x00, b"\xff"), frame(0x80, b"cd"), frame(0x81, b"next")].concat();
    assert_eq!(receiver.receive(&rest), [Got::End, message("next")]);
}

#[test]
fn withdraws_a_stream_that_has_not_begun() {
    let mut receiver = Receiver::new(None);
    receiver.inflow.stream_message();
    assert!(!receiver.inflow.skip_message());
    assert_eq!(receiver.receive(&frame(0x81, b"text")), [message("text")]);
    // Of this one a part has been gathered.
    assert_eq!(receiver.receive(&frame(0x01, b"a\xe2\x82")), []);
    receiver.inflow.stream_message();
    assert!(receiver.inflow.skip_message());
    let rest = [frame(0x80, b"\xac"), frame(0x81, b"next")].concat();
    assert_eq!(receiver.receive(&rest), [message("a\u{20ac}"), message("next")]);
}

#[test]
fn holds_a_message_again_whose_stream_is_withdrawn() {
    let payload = compressed(&mut Deflate::new(6, false, 15), &[b'x'; MAX + 1]);
    for (deflate, large) in [
        (None, frame(0x82, &[b'x'; MAX + 1])),
        (Some(DEFLATE), frame(0xc2, &payload)),
    ] {
        let mut receiver = Receiver::new(deflate);
        assert_eq!(receiver.receive(&large), [Got::Held]);
        receiver.inflow.stream_message();
        assert!(receiver.inflow.skip_message());
        assert_eq!(receiver.turn(), [Got::Held]);
        receiver.inflow.stream_message();
        let steps = receiver.turn();
        assert_eq!(steps.first(), Some(&Got::Start(Kind::Binary)));
        assert_eq!(steps.last(), Some(&Got::End));
    }
}

#[test]
fn counts_no_fragments_and_no_bytes_of_a_stream() {
    let mut receiver = Receiver::new(None);
    receiver.inflow.stream_message();
    let mut chunks = 0;
    receiver.receive(&frame(0x02, &[1; MAX]));
    for _ in 0..2000 {
        chunks += receiver.receive(&frame(0x00, &[1; MAX])).len();
    }
    assert_eq!(chunks, 2000);
    assert_eq!(receiver.inflow.partial.as_ref().unwrap().fragments(), 0);
}

#[test]
fn drops_what_is_incomplete_when_the_stream_ends() {
    for (streams, bytes) in [
        (false, &b"\x01\x05ab"[..]),
        (true, b"\x01\x05ab\xe2"),
        (true, b"\x81\x03\xe2\x82"),
    ] {
        let mut receiver = Receiver::new(None);
        if streams {
            receiver.inflow.stream_message();
        }
        receiver.receive(bytes);
        receiver.peer.shutdown(std::net::Shutdown::Both).unwrap();
        assert_eq!(receiver.turn(), [Got::Codec], "{bytes:x?}");
    }
}

#[test]
fn decompresses_fragmented_messages_between_plain_ones() {
    let mut receiver = Receiver::new(Some(DEFLATE));
    let mut deflate = Deflate::new(6, false, 15);
    for _ in 0..3 {
        let payload = compressed(&mut deflate, "text of 12 \u{20ac}".as_bytes());
        let (first, rest) = payload.split_at(payload.len() / 2);
        assert_eq!(receiver.receive(&frame(0x41, first)), []);
        let steps = receiver.receive(&frame(0x80, rest));
        assert_eq!(steps, [message("text of 12 \u{20ac}")]);
        assert_eq!(receiver.receive(&frame(0x82, b"plain")), [message("plain")]);
        assert_eq!(receiver.receive(&frame(0xc1, b"")), [message("")]);
    }
}

#[test]
fn checks_text_after_it_is_decompressed() {
    for (text, flush) in [(&b"ab\xff"[..], 0xc1), (b"ab\xe2\x82", 0xc1), (b"ab\xffcd", 0x41)] {
        let mut receiver = Receiver::new(Some(DEFLATE));
        let payload = compressed(&mut Deflate::new(6, false, 15), text);
        let violation = Got::Violation(FrameViolation::NotUtf8);
        assert_eq!(receiver.receive(&frame(flush, &payload)), [violation]);
    }
}

#[test]
fn fails_on_invalid_deflate_data() {
    let mut receiver = Receiver::new(Some(DEFLATE));
    let violation = Got::Violation(FrameViolation::NotDeflate);
    assert_eq!(receiver.receive(&frame(0xc1, b"\x07")), [violation]);
    assert_eq!(FrameViolation::NotDeflate.close_code(), 1007);
}

#[test]
fn limits_a_message_by_its_decompressed_bytes() {
    let mut deflate = Deflate::new(6, false, 15);
    let mut receiver = Receiver::new(Some(DEFLATE));
    let exact = compressed(&mut deflate, &[b'x'; MAX]);
    assert_eq!(
        receiver.receive(&frame(0xc1, &exact)),
        [message(&"x".repeat(MAX))]
    );
    let payload = compressed(&mut deflate, &[b'x'; MAX + 1]);
    assert_eq!(receiver.receive(&frame(0xc1, &payload)), [Got::Held]);
    receiver.inflow.skip_message();
    assert_eq!(receiver.turn(), [Got::Skipped]);
    // The history has what was skipped.
    let again = compressed(&mut deflate, &[b'x'; MAX]);
    assert_eq!(
        receiver.receive(&frame(0xc1, &again)),
        [message(&"x".repeat(MAX))]
    );
}

#[test]
fn a_bomb_costs_no_more_than_the_limit_and_a_stream_of_it_no_more_than_pieces() {
    let bomb = compressed(&mut Deflate::new(9, false, 15), &vec![0; 20 << 20]);
    let mut receiver = Receiver::new(Some(DEFLATE));
    assert_eq!(receiver.receive(&frame(0xc2, &bomb)), [Got::Held]);
    let partial = receiver.inflow.partial.as_mut().unwrap();
    assert_eq!(partial.payload_mut().len(), MAX + 1);
    receiver.inflow.stream_message();
    let (mut total, mut turns) = (0, 0);
    loop {
        let steps = receiver.turn();
        let mut in_turn = 0;
        for step in &steps {
            if let Got::Chunk(chunk) = step {
                assert!(chunk.len() <= 64 * 1024);
                in_turn += chunk.len();
            }
        }
        assert!(in_turn <= 512 * 1024 + 64 * 1024, "{in_turn} bytes in a turn");
        (total, turns) = (total + in_turn, turns + 1);
        if steps.last() == Some(&Got::End) {
            break;
        }
        assert!(receiver.inflow.is_spent());
    }
    assert_eq!(total, 20 << 20);
    assert!(turns >= 40, "{turns} turns");
}
