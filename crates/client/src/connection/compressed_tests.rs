//! Compressed messages out, on a connection over one end of a socket pair.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test may panic.
use super::{Connection, Event, KeepaliveOptions};
use crate::compression::{Compression, DeflateSettings};
use crate::framing::{FrameOptions, Framing, Scratch, WINDOW_SIZE};
use crate::transport::{Socket, Stream};
use bytes::Bytes;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, mpsc};
use std::task::{Poll, Wake, Waker};
use websocket_rs_protocol::busy_poll::Mode;
use websocket_rs_protocol::extensions::deflate::DeflateParameters;
use websocket_rs_protocol::frame::{FrameHeader, Kind, mask};
use zlib_rs::{Inflate, InflateFlush};

/// More than is compressed in place at any level.
const LARGE: usize = 200 * 1024;

struct Sent(mpsc::Sender<()>);

impl Wake for Sent {
    fn wake(self: Arc<Self>) {
        let _ = self.0.send(());
    }
}

/// A client with jobs, and its peer.
struct Pair {
    client: Connection,
    woken: mpsc::Receiver<()>,
    peer: UnixStream,
    inflate: Inflate,
    bytes: Vec<u8>,
}

/// A frame that the peer has received: the first byte, and the payload, decompressed if RSV1 says so.
type Received = (u8, Vec<u8>);

impl Pair {
    fn new() -> Self {
        let mut pair = Self::without_waker();
        let (sender, woken) = mpsc::channel();
        pair.client.set_waker(Waker::from(Arc::new(Sent(sender))));
        pair.woken = woken;
        pair
    }

    fn without_waker() -> Self {
        let (client, peer) = UnixStream::pair().unwrap();
        client.set_nonblocking(true).unwrap();
        peer.set_nonblocking(true).unwrap();
        let compression = Compression {
            parameters: DeflateParameters {
                server_no_context_takeover: false,
                client_no_context_takeover: false,
                server_max_window_bits: 15,
                client_max_window_bits: 15,
            },
            settings: DeflateSettings {
                level: 6,
                mem_level: 8,
                threshold: 100,
            },
        };
        let stream = Stream::Plain(Socket::open(client.into()));
        let framing = Framing::new(stream, Vec::new(), Some(1 << 20), Some(compression)).unwrap();
        let client = Connection::new(framing, None, KeepaliveOptions::default(), Mode::Off);
        Self {
            client,
            woken: mpsc::channel().1,
            peer,
            inflate: Inflate::new(false, 15),
            bytes: Vec::new(),
        }
    }

    fn send(&mut self, payload: &[u8]) {
        self.client.send(Kind::Binary, payload).unwrap();
    }

    /// Flushes until the peer has received everything that is accepted, as the loop driver does. Returns the frames.
    fn drain(&mut self) -> Vec<Received> {
        self.deliver();
        self.frames()
    }

    fn deliver(&mut self) {
        loop {
            self.client.flush();
            self.read();
            if self.client.buffered() == 0 && !self.client.is_compressing() {
                return;
            }
            if self.client.unwritten() == 0 {
                self.woken.recv().unwrap();
            }
        }
    }

    fn read(&mut self) {
        let mut part = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = self.peer.read(&mut part) {
            self.bytes.extend_from_slice(&part[..count]);
        }
    }

    /// Takes the frames that have arrived, unmasked.
    fn raw_frames(&mut self) -> Vec<Received> {
        self.read();
        let mut frames = Vec::new();
        while let Some(header) = FrameHeader::parse(&self.bytes) {
            let rest = self
                .bytes
                .split_off(header.size + usize::try_from(header.length).unwrap());
            let mut frame = std::mem::replace(&mut self.bytes, rest);
            let mut payload = frame.split_off(header.size);
            mask(&mut payload, frame[header.size - 4..].try_into().unwrap());
            frames.push((frame[0], payload));
        }
        frames
    }

    /// Takes the messages and control frames that have arrived.
    fn frames(&mut self) -> Vec<Received> {
        let raw = self.raw_frames();
        raw.into_iter()
            .map(|(first, payload)| match first & 0x40 {
                0 => (first, payload),
                _ => (first, self.decompress(payload)),
            })
            .collect()
    }

    fn decompress(&mut self, mut payload: Vec<u8>) -> Vec<u8> {
        payload.extend([0, 0, 0xff, 0xff]);
        let mut out = vec![0; 4 * LARGE];
        let before = self.inflate.total_out();
        self.inflate
            .decompress(&payload, &mut out, InflateFlush::SyncFlush)
            .unwrap();
        out.truncate(usize::try_from(self.inflate.total_out() - before).unwrap());
        out
    }

    /// Runs a turn. Returns the events.
    fn turn(&mut self) -> Vec<Event> {
        let mut window = vec![0; WINDOW_SIZE];
        self.client.begin_turn(1);
        self.client.begin(Scratch::default());
        let mut events = Vec::new();
        while let Poll::Ready(event) = self.client.poll_event(&mut window) {
            events.push(event.unwrap());
        }
        self.client.end(&window);
        events
    }
}

fn message(first: u8, length: usize) -> Vec<u8> {
    let mut state = u32::from(first);
    let next = |_| {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        b'a' + u8::try_from((state >> 16) % 16).unwrap()
    };
    [first].into_iter().chain((1..length).map(next)).collect()
}

#[test]
fn messages_arrive_in_order_whatever_their_size() {
    let mut pair = Pair::new();
    let sizes = [10, LARGE, 10, 500, LARGE, LARGE, 10, 30_000, 30_000, 500];
    let messages: Vec<_> = (0..).zip(sizes).map(|(at, size)| message(at, size)).collect();
    for message in &messages {
        pair.send(message);
    }
    let received = pair.drain();
    let firsts: Vec<_> = received.iter().map(|(first, _)| *first).collect();
    let expected: Vec<_> = sizes
        .iter()
        .map(|size| if *size < 100 { 0x82 } else { 0xc2 })
        .collect();
    assert_eq!(firsts, expected);
    assert!(received.into_iter().map(|(_, payload)| payload).eq(messages));
}

#[test]
fn what_waits_counts_as_buffered_and_not_as_unwritten() {
    let mut pair = Pair::new();
    pair.send(&message(1, LARGE));
    assert!(pair.client.is_compressing());
    assert_eq!((pair.client.buffered(), pair.client.unwritten()), (LARGE, 0));
    assert_eq!(pair.drain().len(), 1);
}

#[test]
fn pings_pass_and_the_close_frame_waits() {
    let mut pair = Pair::new();
    pair.send(&message(1, LARGE));
    pair.client.ping(Bytes::from_static(b"p")).unwrap();
    pair.client.close(Some((1000, "done"))).unwrap();
    pair.client.close(Some((1001, "twice"))).unwrap();
    assert!(pair.client.send(Kind::Text, b"late").is_err());
    let received = pair.drain();
    let firsts: Vec<_> = received.iter().map(|(first, _)| *first).collect();
    assert_eq!(firsts, [0x89, 0xc2, 0x88]);
    assert_eq!(received[2].1, b"\x03\xe8done");
}

#[test]
fn the_reply_to_a_close_frame_waits() {
    let mut pair = Pair::new();
    pair.send(&message(1, LARGE));
    pair.peer.write_all(&[0x88, 2, 0x03, 0xe9]).unwrap();
    assert!(matches!(pair.turn().as_slice(), [Event::Close(1001, _)]));
    assert!(pair.client.send(Kind::Text, b"late").is_err());
    let received = pair.drain();
    assert!(received[0].1 == message(1, LARGE));
    assert_eq!(received[1], (0x88, vec![0x03, 0xe9]));
    assert_eq!(
        pair.peer.read(&mut [0; 1]).unwrap(),
        0,
        "the writing side ends with it"
    );
}

#[test]
fn everything_is_compressed_at_the_end_of_a_program() {
    let mut pair = Pair::new();
    for first in 0..20 {
        pair.send(&message(first, LARGE / 2));
    }
    pair.client.close(None).unwrap();
    pair.client.finish_compressing();
    assert!(!pair.client.is_compressing());
    let received = pair.drain();
    assert_eq!(received.len(), 21);
    assert_eq!(received[20], (0x88, vec![]));
}

#[test]
fn a_violation_sends_the_close_frame_at_once() {
    let mut pair = Pair::new();
    pair.send(&message(1, LARGE));
    pair.client.close(Some((1000, ""))).unwrap();
    let error = crate::Error::new(crate::Phase::Open, crate::ErrorKind::TooBig { limit: 1 });
    let lingering = pair.client.fail(&error);
    assert!(lingering.is_some());
    assert!(pair.frames() == [(0x88, vec![0x03, 0xf1])]);
}

#[test]
fn a_terminated_connection_sends_nothing_more() {
    let mut pair = Pair::new();
    pair.send(&message(1, LARGE));
    pair.client.terminate();
    assert!(!pair.client.is_compressing());
    assert_eq!(pair.client.buffered(), 0);
    assert!(pair.frames().is_empty());
}

#[test]
fn a_failed_write_drops_what_waits() {
    let mut pair = Pair::new();
    let (other, _) = UnixStream::pair().unwrap();
    pair.peer = other;
    pair.send(&message(1, LARGE));
    pair.woken.recv().unwrap();
    pair.client.flush();
    pair.client.flush();
    assert!(!pair.client.is_compressing());
    assert!(pair.client.is_unfinished(), "a turn reports it");
}

#[test]
fn without_a_waker_everything_is_compressed_in_place() {
    let mut pair = Pair::without_waker();
    pair.send(&message(1, LARGE));
    assert!(!pair.client.is_compressing());
    assert!(pair.drain()[0].1 == message(1, LARGE));
}

#[test]
fn large_fragments_are_one_stream_too() {
    let mut pair = Pair::new();
    let whole = message(1, 2 * LARGE);
    for (at, part) in whole.chunks(LARGE).enumerate() {
        let options = FrameOptions {
            compress: None,
            more: at == 0,
            continuation: at > 0,
        };
        pair.client.send_frame(Kind::Text, part, options).unwrap();
    }
    pair.deliver();
    let frames = pair.raw_frames();
    let firsts: Vec<_> = frames.iter().map(|(first, _)| *first).collect();
    assert_eq!(firsts, [0x41, 0x80]);
    let stream = frames.into_iter().flat_map(|(_, payload)| payload).collect();
    assert!(pair.decompress(stream) == whole);
}
