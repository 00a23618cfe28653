//! Instruction counts of a connection: sending, and receiving what has arrived. Run by `make instructions`.
//!
//! Each count is of one call, over a real socket to the test peer. The peer runs on a thread of its own, which is not
//! counted, and neither are the instructions of the kernel.

#![allow(clippy::unwrap_used)] // A benchmark may panic.
#![allow(missing_docs)] // The macros generate undocumented items.

use gungraun::{Callgrind, prelude::*};
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use websocket_rs_client::busy_poll::Mode;
use websocket_rs_client::connect::{Trust, connect};
use websocket_rs_client::target::Target;
use websocket_rs_client::{
    ConnectOptions, Connection, Event, KeepaliveOptions, Kind, Scratch, TlsOptions, TlsParameters,
    WINDOW_SIZE, runtime,
};
use websocket_rs_peer::{Options, Server};

const KIB: usize = 1024;
/// Size of the longest header of a frame to a client (RFC 6455 section 5.2).
const LONG_HEADER: usize = 10;

/// An open connection with its buffers. Every benchmark returns it, so that dropping it is not counted.
struct Fixture {
    connection: Connection,
    scratch: Scratch,
    windows: [Vec<u8>; 2],
    payload: Vec<u8>,
    _server: Server,
}

fn options(url: &str) -> ConnectOptions {
    ConnectOptions {
        tls: TlsOptions {
            trust: Arc::new(Trust::default()),
            parameters: TlsParameters {
                reject_unauthorized: false,
                ..TlsParameters::default()
            },
        },
        max_message_size: Some(64 * KIB * KIB),
        keepalive: KeepaliveOptions {
            interval: Some(Duration::from_secs(600)),
            timeout: Some(Duration::from_secs(600)),
        },
        busy_poll: Mode::Off,
        ..ConnectOptions::new(Target::parse(url).unwrap())
    }
}

/// Returns a connection that has sent and received before, so that its buffers are allocated.
fn warm(payload: impl Into<Vec<u8>>) -> Fixture {
    let handle = runtime::handle().unwrap();
    let server = handle.block_on(Server::start(&Options::default())).unwrap();
    let url = format!("ws://{}/echo", server.address);
    let connection = handle.block_on(connect(options(&url))).unwrap();
    let mut fixture = Fixture {
        connection,
        scratch: Scratch::default(),
        windows: [vec![0; WINDOW_SIZE], vec![0; WINDOW_SIZE]],
        payload: payload.into(),
        _server: server,
    };
    echo(&mut fixture, Kind::Binary, 1);
    assert_eq!(take(&mut fixture), 1);
    fixture
}

/// Sends messages and waits until their echoes are in the socket, where one read finds all of them.
fn echo(fixture: &mut Fixture, kind: Kind, count: usize) {
    for _ in 0..count {
        fixture.connection.send(kind, &fixture.payload).unwrap();
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    let bytes = count * (fixture.payload.len() + header(fixture.payload.len()));
    let mut seen = vec![MaybeUninit::uninit(); bytes];
    while !fixture.connection.flush()
        || !matches!(fixture.connection.stream().unwrap().peek(&mut seen), Ok(count) if count == bytes)
    {
        assert!(Instant::now() < deadline, "no echo arrived");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn header(payload: usize) -> usize {
    match payload {
        0..=125 => 2,
        126..=65_535 => 4,
        _ => LONG_HEADER,
    }
}

/// Runs one turn, which receives everything that has arrived. No message is kept, so two windows are enough.
fn take(fixture: &mut Fixture) -> usize {
    let [window, next] = &mut fixture.windows;
    let mut messages = 0;
    fixture.connection.begin_turn(1);
    fixture.connection.begin(std::mem::take(&mut fixture.scratch));
    loop {
        while let Poll::Ready(event) = fixture.connection.poll_event(window) {
            messages += usize::from(matches!(black_box(event), Ok(Event::Message(..))));
        }
        if !fixture.connection.is_window_full() {
            break;
        }
        fixture.connection.exchange_window(window, next);
        std::mem::swap(window, next);
    }
    (fixture.scratch, _) = fixture.connection.end(window);
    messages
}

fn sender(size: usize) -> Fixture {
    warm(vec![b'x'; size])
}

fn receiver(count: usize, size: usize) -> (Fixture, usize) {
    let mut fixture = warm(vec![b'x'; size]);
    echo(&mut fixture, Kind::Binary, count);
    (fixture, count)
}

/// Alternates characters of one, two and three bytes, which are the most expensive for the check of UTF-8.
fn mixed_letters(size: usize) -> (Fixture, usize) {
    let mut fixture = warm("aö€".repeat(size / 6));
    echo(&mut fixture, Kind::Text, 1);
    (fixture, 1)
}

fn ascii(size: usize) -> (Fixture, usize) {
    let mut fixture = warm(vec![b'x'; size]);
    echo(&mut fixture, Kind::Text, 1);
    (fixture, 1)
}

// Header, copy and mask. A message of 64 KiB is written, too.
#[library_benchmark(setup = sender)]
#[bench::of_64_b(64)]
#[bench::of_4_kib(4 * KIB)]
#[bench::of_64_kib(64 * KIB)]
fn send(mut fixture: Fixture) -> Fixture {
    black_box(fixture.connection.send(Kind::Binary, &fixture.payload)).unwrap();
    fixture
}

// The same with a flush: one system call.
#[library_benchmark(setup = sender)]
#[bench::of_64_b(64)]
#[bench::of_64_kib(64 * KIB)]
fn send_and_flush(mut fixture: Fixture) -> Fixture {
    black_box(fixture.connection.send(Kind::Binary, &fixture.payload)).unwrap();
    assert!(black_box(fixture.connection.flush()));
    fixture
}

// One turn that finds these messages in the socket.
#[library_benchmark(setup = receiver)]
#[bench::one_of_64_b(1, 64)]
#[bench::hundred_of_64_b(100, 64)]
#[bench::ten_of_4_kib(10, 4 * KIB)]
#[bench::one_of_64_kib(1, 64 * KIB)]
fn receive((mut fixture, count): (Fixture, usize)) -> Fixture {
    assert_eq!(take(&mut fixture), count);
    fixture
}

// The same with the check for UTF-8, the cost of which is the difference to binary messages.
#[library_benchmark]
#[bench::ascii_of_64_kib(args = (64 * KIB), setup = ascii)]
#[bench::mixed_of_64_kib(args = (64 * KIB), setup = mixed_letters)]
fn receive_text((mut fixture, count): (Fixture, usize)) -> Fixture {
    assert_eq!(take(&mut fixture), count);
    fixture
}

library_benchmark_group!(name = sending, benchmarks = [send, send_and_flush]);
library_benchmark_group!(name = receiving, benchmarks = [receive, receive_text]);

main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"])),
    library_benchmark_groups = [sending, receiving]
);
