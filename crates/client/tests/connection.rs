//! Connections without Node: opened on Tokio to the test peer, driven by single turns and by the blocking driver.

#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use websocket_rs_client::blocking::{Interest, Interrupt, Wait, Wake};
use websocket_rs_client::connect::{Lookup, Resolving, Trust, connect};
use websocket_rs_client::target::Target;
use websocket_rs_client::{
    ConnectOptions, Connection, ErrorKind, Event, Family, KeepaliveOptions, Kind, Payload, Phase, Scratch,
    TlsOptions, TlsParameters, WINDOW_SIZE, runtime,
};
use websocket_rs_peer::{Options, Server};

const READ: Interest = Interest {
    read: true,
    drain_to: None,
};

struct Never;

impl Interrupt for Never {
    fn is_raised(&self) -> bool {
        false
    }
}

struct Always;

impl Interrupt for Always {
    fn is_raised(&self) -> bool {
        true
    }
}

fn server() -> Server {
    runtime::handle()
        .unwrap()
        .block_on(Server::start(&Options::default()))
        .unwrap()
}

fn options(url: &str) -> ConnectOptions {
    ConnectOptions {
        connect_timeout: Some(Duration::from_secs(10)),
        tls: TlsOptions {
            trust: Arc::new(Trust::default()),
            parameters: TlsParameters {
                reject_unauthorized: false,
                ..TlsParameters::default()
            },
        },
        max_message_size: Some(16 * 1024 * 1024),
        ..ConnectOptions::new(Target::parse(url).unwrap())
    }
}

fn open(url: &str) -> Connection {
    runtime::handle()
        .unwrap()
        .block_on(connect(options(url)))
        .unwrap()
}

/// Returns the events of one turn that begins with a window of `first` bytes.
fn turn_with(connection: &mut Connection, first: usize) -> Vec<Event> {
    let mut window = vec![0; first];
    let mut events = Vec::new();
    connection.note_delivered();
    connection.begin_turn(1);
    connection.begin(Scratch::default());
    loop {
        while let Poll::Ready(event) = connection.poll_event(&mut window) {
            events.push(match event.unwrap() {
                Event::Message(kind, Payload::Window(place)) => {
                    let bytes = window.get(place).unwrap().to_vec();
                    Event::Message(kind, Payload::Owned(bytes))
                }
                other => other,
            });
            if matches!(events.last(), Some(Event::End)) {
                break;
            }
        }
        if !connection.is_window_full() {
            break;
        }
        let mut next = vec![0; WINDOW_SIZE];
        connection.exchange_window(&window, &mut next);
        window = next;
    }
    connection.end(&window);
    events
}

fn turn(connection: &mut Connection) -> Vec<Event> {
    turn_with(connection, WINDOW_SIZE)
}

/// Runs the first step of a wait.
fn wait(
    connection: &mut Connection,
    interest: Interest,
    deadline: Option<Instant>,
    interrupt: &dyn Interrupt,
) -> Result<Wake, websocket_rs_client::Error> {
    Wait::new(interest, Instant::now(), deadline, interrupt).step(connection)
}

/// Waits for the next message.
fn receive(connection: &mut Connection) -> (Kind, Vec<u8>) {
    let deadline = Some(Instant::now() + Duration::from_secs(10));
    loop {
        assert_eq!(wait(connection, READ, deadline, &Never).unwrap(), Wake::Readable);
        for event in turn(connection) {
            if let Event::Message(kind, Payload::Owned(payload)) = event {
                return (kind, payload);
            }
        }
    }
}

#[test]
fn echoes_messages_plain_and_over_tls() {
    let server = server();
    let tls = server.tls_address.unwrap();
    for url in [
        format!("ws://{}/echo", server.address),
        format!("wss://{tls}/echo"),
    ] {
        let mut connection = open(&url);
        for size in [0, 1, 125, 126, 65_535, 65_536, 3_000_000] {
            let payload = vec![b'x'; size];
            connection.send(Kind::Binary, &payload).unwrap();
            assert_eq!(receive(&mut connection), (Kind::Binary, payload));
        }
        connection.send(Kind::Text, "grüße".as_bytes()).unwrap();
        assert_eq!(
            receive(&mut connection),
            (Kind::Text, "grüße".as_bytes().to_vec())
        );
    }
}

#[test]
fn a_wait_ends_at_its_deadline_and_loses_nothing() {
    let server = server();
    let mut connection = open(&format!("ws://{}/echo", server.address));
    turn(&mut connection);
    let deadline = Some(Instant::now() + Duration::from_millis(30));
    assert_eq!(
        wait(&mut connection, READ, deadline, &Never).unwrap(),
        Wake::Deadline
    );
    connection.send(Kind::Text, b"later").unwrap();
    assert_eq!(receive(&mut connection).1, b"later");
}

#[test]
fn a_wait_ends_at_its_deadline_although_there_is_always_something_to_read() {
    let server = server();
    let connection = &mut open(&format!("ws://{}/echo", server.address));
    let now = Instant::now();
    let mut wait = Wait::new(READ, now, Some(now), &Never);
    // Without a turn, the connection stays unfinished.
    assert_eq!(wait.step(connection).unwrap(), Wake::Readable);
    assert!(connection.is_unfinished());
    assert_eq!(wait.step(connection).unwrap(), Wake::Deadline);
}

#[test]
fn the_interrupt_ends_a_wait_without_a_deadline() {
    let server = server();
    let mut connection = open(&format!("ws://{}/echo", server.address));
    turn(&mut connection);
    assert_eq!(
        wait(&mut connection, READ, None, &Always).unwrap(),
        Wake::Interrupted
    );
}

#[test]
fn counts_unsent_bytes_to_a_peer_that_never_reads() {
    let server = server();
    let mut connection = open(&format!("ws://{}/deaf", server.address));
    turn(&mut connection);
    let mut sent = 0;
    while connection.flush() {
        connection.send(Kind::Binary, &vec![0; 65_536]).unwrap();
        sent += 65_536;
        assert!(sent < 256 * 1024 * 1024, "the kernel accepts everything");
    }
    assert!(connection.buffered() > 0);
    let drain = Interest {
        read: false,
        drain_to: Some(0),
    };
    let deadline = Some(Instant::now() + Duration::from_millis(30));
    assert_eq!(
        wait(&mut connection, drain, deadline, &Never).unwrap(),
        Wake::Deadline
    );
}

#[test]
fn reads_the_close_frame_of_the_peer_although_writing_fails() {
    let server = server();
    let mut connection = open(&format!("ws://{}/close?code=4001&reason=bye", server.address));
    let deadline = Some(Instant::now() + Duration::from_secs(10));
    loop {
        wait(&mut connection, READ, deadline, &Never).unwrap();
        if let Some(Event::Close(code, reason)) = turn(&mut connection).first() {
            assert_eq!((*code, reason.as_ref()), (4001, b"bye".as_slice()));
            break;
        }
    }
    let refused = connection.send(Kind::Text, &[]).unwrap_err();
    assert!(matches!(refused.kind, ErrorKind::Closing));
}

#[test]
fn silence_after_a_ping_fails_the_wait() {
    let server = server();
    let keepalive = KeepaliveOptions {
        interval: Some(Duration::from_millis(20)),
        timeout: Some(Duration::from_millis(40)),
    };
    let options = ConnectOptions {
        keepalive,
        ..options(&format!("ws://{}/silent", server.address))
    };
    let mut connection = runtime::handle().unwrap().block_on(connect(options)).unwrap();
    turn(&mut connection);
    let error = wait(&mut connection, READ, None, &Never).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::PingTimeout));
}

#[derive(Debug)]
struct Panicking;

impl Lookup for Panicking {
    fn lookup(&self, _: &str, _: Family) -> Resolving {
        panic!("on purpose")
    }
}

#[test]
fn a_panic_while_connecting_is_an_error() {
    let mut options = options("ws://a.example/");
    options.lookup = Some(Arc::new(Panicking));
    let error = runtime::handle().unwrap().block_on(connect(options)).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Internal));
}

#[test]
fn a_timeout_reports_the_phase() {
    let server = server();
    let timeout = Some(Duration::from_millis(50));
    let options = ConnectOptions {
        connect_timeout: timeout,
        ..options(&format!("ws://{}/hang", server.address))
    };
    let error = runtime::handle().unwrap().block_on(connect(options)).unwrap_err();
    assert_eq!(error.phase, Phase::Upgrade);
    assert!(matches!(error.kind, ErrorKind::ConnectTimeout(50)));
}

#[test]
fn a_rejection_has_status_headers_and_body() {
    let server = server();
    let options = options(&format!("ws://{}/status/403?body=no&chunked=1", server.address));
    let error = runtime::handle().unwrap().block_on(connect(options)).unwrap_err();
    let ErrorKind::Handshake {
        rejection: Some(rejection),
        ..
    } = error.kind
    else {
        panic!("{error:?}")
    };
    assert_eq!(
        (rejection.status, rejection.body.as_slice()),
        (403, b"no".as_slice())
    );
    assert!(
        rejection
            .headers
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("x-peer") && value == "yes")
    );
}

#[test]
fn a_close_after_the_close_of_the_peer_writes_nothing() {
    let server = server();
    let mut connection = open(&format!("ws://{}/close?code=4001", server.address));
    let deadline = Some(Instant::now() + Duration::from_secs(10));
    wait(&mut connection, READ, deadline, &Never).unwrap();
    while !turn(&mut connection)
        .iter()
        .any(|event| matches!(event, Event::Close(..)))
    {
        wait(&mut connection, READ, deadline, &Never).unwrap();
    }
    connection.close(Some((1000, "late"))).unwrap();
    assert!(connection.flush());
    assert_eq!(connection.buffered(), 0);
}

/// Windows end, and turns end, at any place within a message.
#[test]
fn receives_messages_through_windows_of_any_length() {
    let server = server();
    let tls = server.tls_address.unwrap();
    let sizes = [0, 1, 125, 126, 4000, 16_384, 65_535, 65_536, 65_537, 200_000];
    for url in [
        format!("ws://{}/echo", server.address),
        format!("wss://{tls}/echo"),
    ] {
        for first in [0, 1, 13, 2048, 5000, WINDOW_SIZE] {
            let mut connection = open(&url);
            for (byte, size) in (0..).zip(sizes) {
                connection.send(Kind::Binary, &vec![byte; size]).unwrap();
            }
            let mut received = Vec::new();
            let deadline = Some(Instant::now() + Duration::from_secs(10));
            while received.len() < sizes.len() {
                assert_eq!(
                    wait(&mut connection, READ, deadline, &Never).unwrap(),
                    Wake::Readable
                );
                received.extend(turn_with(&mut connection, first));
            }
            for (index, (byte, size)) in (0..).zip(sizes).enumerate() {
                let Some(Event::Message(Kind::Binary, Payload::Owned(payload))) = received.get(index) else {
                    panic!("message {index} with {first}: {:?}", received.get(index));
                };
                assert!(payload.len() == size && payload.iter().all(|other| *other == byte));
            }
        }
    }
}
