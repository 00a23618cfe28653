//! Large compressed messages in, decompressed by another thread, on a connection over one end of a socket pair.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test may panic.
use super::{Connection, Event, KeepaliveOptions, KeepaliveStep};
use crate::compression::{Compression, DeflateSettings};
use crate::framing::{Framing, Payload, Scratch, WINDOW_SIZE};
use crate::transport::{Socket, Stream};
use crate::{Error, ErrorKind};
use std::io::{self, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, mpsc};
use std::task::{Poll, Wake, Waker};
use std::time::{Duration, Instant};
use websocket_rs_protocol::busy_poll::Mode;
use websocket_rs_protocol::extensions::deflate::DeflateParameters;
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush};

const MOST: usize = 1024 * 1024;

/// More than is decompressed in place.
const LARGE: usize = 400 * 1024;

struct Sent(mpsc::Sender<()>);

impl Wake for Sent {
    fn wake(self: Arc<Self>) {
        let _ = self.0.send(());
    }
}

/// What the client has reported.
#[derive(Debug, PartialEq)]
enum Seen {
    Message(Vec<u8>),
    Start,
    Chunk(Vec<u8>),
    End,
    Held,
    Failed(Option<u16>),
}

/// A client with jobs, and its peer.
struct Pair {
    client: Connection,
    woken: mpsc::Receiver<()>,
    peer: UnixStream,
    deflate: Deflate,
    /// What the peer has not written.
    unsent: Vec<u8>,
    seen: Vec<Seen>,
    jobs: usize,
}

impl Pair {
    fn new() -> Self {
        let (client, peer) = UnixStream::pair().unwrap();
        client.set_nonblocking(true).unwrap();
        peer.set_nonblocking(true).unwrap();
        let parameters = DeflateParameters {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: 15,
            client_max_window_bits: 15,
        };
        let settings = DeflateSettings {
            level: 6,
            mem_level: 8,
            threshold: 100,
        };
        let compression = Compression { parameters, settings };
        let stream = Stream::Plain(Socket::open(client.into()));
        let framing = Framing::new(stream, Vec::new(), Some(MOST), Some(compression)).unwrap();
        let keepalive = KeepaliveOptions {
            interval: Some(Duration::from_secs(1)),
            timeout: Some(Duration::from_secs(1)),
        };
        let mut client = Connection::new(framing, None, keepalive, Mode::Off);
        let (sender, woken) = mpsc::channel();
        client.set_waker(Waker::from(Arc::new(Sent(sender))));
        let config = DeflateConfig {
            window_bits: -15,
            ..DeflateConfig::default()
        };
        Self {
            client,
            woken,
            peer,
            deflate: Deflate::new_with_config(config),
            unsent: Vec::new(),
            seen: Vec::new(),
            jobs: 0,
        }
    }

    /// Has the peer send a message.
    fn send(&mut self, message: &[u8]) {
        let payload = self.compress(message);
        self.send_frame(0xc2, &payload);
    }

    fn compress(&mut self, message: &[u8]) -> Vec<u8> {
        let mut payload = vec![0; message.len() + 1000];
        let before = self.deflate.total_out();
        self.deflate
            .compress(message, &mut payload, DeflateFlush::SyncFlush)
            .unwrap();
        payload.truncate(usize::try_from(self.deflate.total_out() - before).unwrap() - 4);
        payload
    }

    fn send_frame(&mut self, first: u8, payload: &[u8]) {
        self.unsent.extend([first, 127]);
        self.unsent.extend((payload.len() as u64).to_be_bytes());
        self.unsent.extend_from_slice(payload);
    }

    fn write(&mut self) {
        while !self.unsent.is_empty()
            && let Ok(count) = self.peer.write(&self.unsent)
        {
            self.unsent.drain(..count);
        }
    }

    /// Runs a turn.
    fn turn(&mut self) {
        let mut window = vec![0; WINDOW_SIZE];
        self.client.begin_turn(1);
        self.client.begin(Scratch::default());
        loop {
            let seen = match self.client.poll_event(&mut window) {
                Poll::Pending if self.client.is_window_full() => {
                    let mut next = vec![0; WINDOW_SIZE];
                    self.client.exchange_window(&window, &mut next);
                    window = next;
                    continue;
                }
                Poll::Pending => break,
                Poll::Ready(Err(error)) => Seen::Failed(error.close_code()),
                Poll::Ready(Ok(Event::Message(_, payload))) => Seen::Message(bytes(&window, payload)),
                Poll::Ready(Ok(Event::Chunk(_, payload))) => Seen::Chunk(bytes(&window, payload)),
                Poll::Ready(Ok(Event::StreamStart(_))) => Seen::Start,
                Poll::Ready(Ok(Event::StreamEnd)) => Seen::End,
                Poll::Ready(Ok(Event::Held)) => Seen::Held,
                Poll::Ready(Ok(_)) => continue,
            };
            let has_failed = matches!(seen, Seen::Failed(_));
            self.seen.push(seen);
            if has_failed {
                break;
            }
        }
        self.client.end(&window);
    }

    /// Runs turns until a job is running or all that was sent has been decoded.
    fn run_to_job(&mut self) -> bool {
        loop {
            self.write();
            self.turn();
            if self.client.is_decompressing() {
                return true;
            }
            if self.unsent.is_empty() && !self.client.is_unfinished() {
                return false;
            }
            if matches!(self.seen.last(), Some(Seen::Failed(_) | Seen::Held)) {
                return false;
            }
        }
    }

    /// Runs turns as the loop driver does. Returns what was reported.
    fn run(&mut self) -> Vec<Seen> {
        while self.run_to_job() {
            self.jobs += 1;
            self.woken.recv().unwrap();
        }
        self.take_seen()
    }

    /// Returns what was reported. The chunks of a message are joined.
    fn take_seen(&mut self) -> Vec<Seen> {
        let mut joined: Vec<Seen> = Vec::new();
        for seen in self.seen.drain(..) {
            match (joined.last_mut(), seen) {
                (Some(Seen::Chunk(before)), Seen::Chunk(chunk)) => before.extend(chunk),
                (_, seen) => joined.push(seen),
            }
        }
        joined
    }
}

fn bytes(window: &[u8], payload: Payload) -> Vec<u8> {
    match payload {
        Payload::Window(place) => window[place].to_vec(),
        Payload::Owned(bytes) => bytes.clone(),
        Payload::Destination(mut destination) => destination.bytes().to_vec(),
    }
}

/// Bytes that compress to about half of their length.
fn message(first: u8, length: usize) -> Vec<u8> {
    let mut state = u32::from(first);
    let next = |_| {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        b'a' + u8::try_from((state >> 16) % 16).unwrap()
    };
    [first].into_iter().chain((1..length).map(next)).collect()
}

/// Whether what was seen is this, without printing megabytes.
#[track_caller]
fn assert_seen(seen: &[Seen], expected: &[Seen]) {
    let kinds = |all: &[Seen]| -> Vec<_> { all.iter().map(std::mem::discriminant).collect() };
    assert_eq!(kinds(seen), kinds(expected));
    assert!(seen == expected);
}

#[test]
fn messages_arrive_in_order_whoever_decompresses_them() {
    let mut pair = Pair::new();
    let messages: Vec<_> = [10, LARGE, 500, 2 * LARGE, 1]
        .into_iter()
        .zip(0..)
        .map(|(length, first)| message(first, length))
        .collect();
    for message in &messages {
        pair.send(message);
    }
    let seen = pair.run();
    assert!(pair.jobs > 3, "{} jobs", pair.jobs);
    let expected: Vec<_> = messages.into_iter().map(Seen::Message).collect();
    assert_seen(&seen, &expected);
}

#[test]
fn fragments_are_joined_and_a_control_frame_may_be_between_them() {
    let mut pair = Pair::new();
    let whole = message(1, 2 * LARGE);
    let payload = pair.compress(&whole);
    let (front, back) = payload.split_at(payload.len() / 2);
    pair.send_frame(0x42, front);
    pair.unsent.extend([0x8a, 1, b'p']);
    pair.send_frame(0x80, back);
    pair.send(b"after");
    let seen = pair.run();
    assert!(pair.jobs > 2, "{} jobs", pair.jobs);
    assert_seen(&seen, &[Seen::Message(whole), Seen::Message(b"after".to_vec())]);
}

#[test]
fn small_and_streamed_messages_are_decompressed_in_place() {
    let mut pair = Pair::new();
    let small = message(1, 100 * 1024);
    pair.send(&small);
    assert_seen(&pair.run(), &[Seen::Message(small)]);
    let streamed = message(2, LARGE);
    pair.send(&streamed);
    pair.client.stream_message();
    assert_seen(&pair.run(), &[Seen::Start, Seen::Chunk(streamed), Seen::End]);
    assert_eq!(pair.jobs, 0);
}

#[test]
fn a_message_can_be_streamed_while_it_is_decompressed_and_that_can_be_withdrawn() {
    for is_withdrawn in [false, true] {
        let mut pair = Pair::new();
        let large = message(1, 2 * LARGE);
        pair.send(&large);
        pair.send(&large[..100]);
        assert!(pair.run_to_job());
        assert!(!pair.client.skip_message(), "it is gathered");
        assert!(pair.client.stream_message());
        if is_withdrawn {
            pair.client.skip_message();
        }
        pair.woken.recv().unwrap();
        let seen = pair.run();
        let after = Seen::Message(large[..100].to_vec());
        if is_withdrawn {
            assert_seen(&seen, &[Seen::Message(large), after]);
        } else {
            assert_eq!(pair.jobs, 0, "the rest is decompressed in place");
            assert_seen(&seen, &[Seen::Start, Seen::Chunk(large), Seen::End, after]);
        }
    }
}

#[test]
fn a_message_that_is_too_large_is_held_with_the_rest_of_its_input() {
    let mut pair = Pair::new();
    let bomb = vec![0; 3 * MOST];
    pair.send(&bomb);
    pair.send(b"after");
    assert_seen(&pair.run(), &[Seen::Held]);
    assert!(pair.jobs > 0);
    assert!(pair.client.is_held());
    assert!(pair.client.stream_message());
    let after = Seen::Message(b"after".to_vec());
    assert_seen(&pair.run(), &[Seen::Start, Seen::Chunk(bomb), Seen::End, after]);
}

#[test]
fn invalid_data_fails_the_connection() {
    let mut pair = Pair::new();
    let mut payload = pair.compress(&message(1, LARGE));
    let at = payload.len() - 1000;
    payload[at..].fill(0xff);
    pair.send_frame(0xc2, &payload);
    assert_seen(&pair.run(), &[Seen::Failed(Some(1007))]);
    assert!(pair.jobs > 0);
}

#[test]
fn a_hang_up_ends_the_job_and_there_is_no_other() {
    let mut pair = Pair::new();
    let large = message(1, LARGE);
    pair.send(&large);
    assert!(pair.run_to_job());
    pair.write();
    let rest = std::mem::take(&mut pair.unsent);
    let mut peer = pair.peer.try_clone().unwrap();
    pair.client.handle_hang_up();
    peer.set_nonblocking(false).unwrap();
    let writing = std::thread::spawn(move || {
        peer.write_all(&rest).unwrap();
        peer.shutdown(Shutdown::Both).unwrap();
    });
    while !matches!(pair.seen.last(), Some(Seen::Failed(_))) {
        pair.turn();
        assert!(!pair.client.is_decompressing());
    }
    writing.join().unwrap();
    assert_seen(&pair.take_seen(), &[Seen::Message(large), Seen::Failed(None)]);
}

#[test]
fn what_has_arrived_comes_before_the_error_of_a_write() {
    let mut pair = Pair::new();
    let large = message(1, LARGE);
    pair.send(&large);
    assert!(pair.run_to_job());
    let socket = pair.client.framing.io_mut().socket_mut();
    socket.fail_writes(io::ErrorKind::BrokenPipe.into());
    pair.turn();
    pair.jobs += 1;
    pair.woken.recv().unwrap();
    assert_seen(&pair.run(), &[Seen::Message(large), Seen::Failed(None)]);
}

#[test]
fn nothing_is_read_meanwhile_and_silence_does_not_count() {
    let mut pair = Pair::new();
    pair.send(&message(1, LARGE));
    assert!(pair.run_to_job());
    assert!(pair.client.is_suspended() && !pair.client.is_held());
    assert!(!pair.client.refuse_message());
    let start = Instant::now();
    let second = Duration::from_secs(1);
    let step = pair.client.poll_keepalive(start + 2 * second, true);
    assert!(matches!(step, Ok(KeepaliveStep::Pinged)));
    for seconds in 3..10 {
        let step = pair.client.poll_keepalive(start + seconds * second, true);
        assert!(step.is_ok(), "{seconds} s");
    }
    pair.woken.recv().unwrap();
    pair.run();
    assert!(!pair.client.is_suspended());
}

#[test]
fn a_connection_that_ends_drops_its_job() {
    let mut pair = Pair::new();
    pair.send(&message(1, LARGE));
    assert!(pair.run_to_job());
    let error = Error::new(crate::Phase::Open, ErrorKind::PingTimeout);
    assert!(pair.client.fail(&error).is_none());
    assert!(pair.client.stream().is_none());
    drop(pair);
}
