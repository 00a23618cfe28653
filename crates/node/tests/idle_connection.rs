//! How much memory an idle connection takes. The allocations of one thread are counted, so the figures do not depend on the
//! allocator, on the load of the machine or on what was allocated before.

#![cfg(all(target_os = "linux", target_pointer_width = "64"))]
#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::task::Poll;
use std::time::{Duration, Instant};
use websocket_rs_client::connect::{DirectConnect, DirectEnd};
use websocket_rs_client::target::Target;
use websocket_rs_client::{
    ConnectOptions, Connection, Event, KeepaliveOptions, Scratch, WINDOW_SIZE, runtime,
};
use websocket_rs_peer::{Options, Server};

/// Most bytes of the value itself. A program with many connections has one for each.
const MAX_SIZE: usize = 1280;
/// Most bytes that it has allocated: two wakers of tokio-tungstenite.
const MAX_ALLOCATED: isize = 160;
/// Most bytes after pings of up to 125 bytes were answered. Three buffers hold the longest of them.
const MAX_AFTER_PINGS: isize = 640;

thread_local! {
    static ALLOCATED: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, which counts the bytes of each thread.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(bytes: usize, sign: isize) {
    // Fails while the thread ends.
    let _ = ALLOCATED.try_with(|allocated| {
        allocated.set(allocated.get() + sign * isize::try_from(bytes).unwrap_or(isize::MAX));
    });
}

// SAFETY: all calls are passed on unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: promised by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

fn options(url: &str) -> ConnectOptions {
    ConnectOptions {
        keepalive: KeepaliveOptions {
            interval: Some(Duration::from_secs(20)),
            timeout: Some(Duration::from_secs(20)),
        },
        ..ConnectOptions::new(Target::parse(url).unwrap())
    }
}

/// Polls until `poll` is ready.
fn wait<T>(mut poll: impl FnMut() -> Poll<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Poll::Ready(value) = poll() {
            return value;
        }
        assert!(Instant::now() < deadline, "the peer does not answer");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Opens a connection on this thread, as the event loop does.
fn open(url: &str) -> Connection {
    let mut connect = DirectConnect::begin(Box::new(options(url))).unwrap();
    let answer = wait(|| connect.poll());
    let DirectEnd::Opened(mut connection) = connect.finish(answer) else {
        panic!("the connect has failed");
    };
    connection.await_end();
    drop(connection.take_handshake());
    connection
}

/// Runs one turn. Returns whether a pong has arrived.
fn take_pong(connection: &mut Connection, window: &mut [u8]) -> Poll<()> {
    connection.begin_turn(1);
    connection.begin(Scratch::default());
    let mut has_arrived = Poll::Pending;
    while let Poll::Ready(event) = connection.poll_event(window) {
        assert!(matches!(event, Ok(Event::Pong(..))), "{event:?}");
        has_arrived = Poll::Ready(());
    }
    connection.end(window);
    has_arrived
}

fn allocated() -> isize {
    ALLOCATED.get()
}

#[test]
fn an_idle_connection_takes_little_memory() {
    let server = runtime::handle()
        .unwrap()
        .block_on(Server::start(&Options::default()))
        .unwrap();
    let url = format!("ws://{}/echo", server.address);
    let mut window = vec![0; WINDOW_SIZE];
    // What is allocated once.
    drop(open(&url));

    let before = allocated();
    let mut connection = open(&url);
    assert!(take_pong(&mut connection, &mut window).is_pending());
    let idle = allocated() - before;
    assert!(size_of::<Connection>() <= MAX_SIZE, "{}", size_of::<Connection>());
    assert!((1..=MAX_ALLOCATED).contains(&idle), "{idle} bytes");

    for payload in [&[][..], &[b'x'; 125], b"ping"] {
        connection.ping(payload.to_vec().into()).unwrap();
        while !connection.flush() {}
        wait(|| take_pong(&mut connection, &mut window));
    }
    let after = allocated() - before;
    assert!(after <= MAX_AFTER_PINGS, "{after} bytes");
}
