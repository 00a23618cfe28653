//! Who ends a connection after the closing handshake, on one end of a socket pair.

#![allow(clippy::unwrap_used)] // A test may panic.
use super::{Connection, Event, KeepaliveOptions};
use crate::framing::{Framing, Scratch, WINDOW_SIZE};
use crate::transport::{Socket, Stream};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::task::Poll;
use websocket_rs_protocol::busy_poll::Mode;

/// A close frame of the peer with the code 1000.
const CLOSE: [u8; 4] = [0x88, 2, 0x03, 0xe8];

struct Pair {
    client: Connection,
    peer: UnixStream,
    window: Vec<u8>,
}

impl Pair {
    fn new() -> Self {
        let (client, peer) = UnixStream::pair().unwrap();
        client.set_nonblocking(true).unwrap();
        peer.set_nonblocking(true).unwrap();
        let stream = Stream::Plain(Socket::open(client.into()));
        let framing = Framing::new(stream, Vec::new(), Some(1 << 20), None).unwrap();
        Self {
            client: Connection::new(framing, None, KeepaliveOptions::default(), Mode::Off),
            peer,
            window: vec![0; WINDOW_SIZE],
        }
    }

    /// Completes the closing handshake.
    fn close(&mut self) {
        self.client.close(Some((1000, ""))).unwrap();
        self.client.flush();
        self.peer.write_all(&CLOSE).unwrap();
        assert!(matches!(self.turn(), Poll::Ready(Ok(Event::Close(1000, _)))));
    }

    /// Runs a turn up to its first event.
    fn turn(&mut self) -> Poll<Result<Event, crate::Error>> {
        self.client.begin_turn(1);
        self.client.begin(Scratch::default());
        let event = self.client.poll_event(&mut self.window);
        self.client.end(&self.window);
        self.client.flush();
        event
    }

    /// Whether the client has ended its side.
    fn sees_end(&mut self) -> bool {
        let mut received = Vec::new();
        match self.peer.read_to_end(&mut received) {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                false
            }
        }
    }
}

#[test]
fn ends_its_side_after_both_close_frames() {
    let mut pair = Pair::new();
    pair.close();
    assert!(!pair.client.is_awaiting_end());
    assert!(pair.sees_end());
}

#[test]
fn leaves_the_end_to_the_peer_until_the_writing_side_is_ended() {
    let mut pair = Pair::new();
    pair.client.await_end();
    assert!(!pair.client.is_awaiting_end());
    pair.close();
    assert!(pair.client.is_awaiting_end());
    assert!(!pair.sees_end());
    pair.client.end_writing();
    assert!(!pair.client.is_awaiting_end());
    assert!(pair.sees_end());
}

#[test]
fn ends_when_the_peer_has_ended_the_connection() {
    let mut pair = Pair::new();
    pair.client.await_end();
    pair.close();
    pair.peer.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(matches!(pair.turn(), Poll::Ready(Ok(Event::End))));
    assert!(!pair.sees_end());
}

#[test]
fn a_side_that_is_to_be_ended_before_the_close_frames_is_ended_after_them() {
    let mut pair = Pair::new();
    pair.client.await_end();
    pair.client.end_writing();
    assert!(!pair.sees_end());
    pair.close();
    assert!(pair.sees_end());
}
