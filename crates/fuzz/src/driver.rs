//! Drives a connection over a pair of sockets as `crates/node` does, but with everything at random that
//! may be: how the peer's bytes come, where turns end, how long windows are, what is sent meanwhile.

use crate::ears::Ears;
use crate::outgoing::{Sent, check_outgoing};
use crate::reference::{Outcome, decode};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::io::{ErrorKind as IoErrorKind, Read, Write};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::task::Poll;
use websocket_rs_client::{Connection, Error, Kind, Scratch, WINDOW_SIZE, fuzzing};

/// Turns after which a connection that gets nowhere is taken to hang. A turn may take a single byte.
const PATIENCE: usize = 64;

/// Bytes the peer takes at once, at the most.
const PEER_READ: usize = 64 * 1024;

/// What is not drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) max_message_size: usize,
    /// The stream ends behind its bytes.
    pub(crate) ended: bool,
    /// Messages, pings and perhaps a close frame are sent between turns.
    pub(crate) talks: bool,
}

/// Plays the peer's bytes, and holds what comes of them against the reference.
pub(crate) fn play(wire: &[u8], plan: Plan) {
    let expected = decode(wire, plan.max_message_size, plan.ended);
    let mut driver = Driver::new(wire, plan);
    while driver.ears.outcome == Outcome::Open && driver.idle < PATIENCE {
        driver.step();
    }
    driver.settle();
    driver.ears.check(&expected, &driver.slabs);
    let stats = driver.connection.stats();
    assert_eq!(stats.messages_sent, driver.sent.messages.len() as u64);
    check_outgoing(&driver.outgoing, &driver.sent, &expected);
}

struct Driver<'a> {
    plan: Plan,
    rng: SmallRng,
    connection: Connection,
    peer: UnixStream,
    unwritten: &'a [u8],
    /// The peer's half is over.
    shut: bool,
    /// All the memory that was lent, and how much of the last is taken for good.
    slabs: Vec<Vec<u8>>,
    taken: usize,
    ears: Ears,
    /// The connection wants another turn, whatever its socket says.
    again: bool,
    /// Steps in which nothing happened at all.
    idle: usize,
    sent: Sent,
    outgoing: Vec<u8>,
}

impl<'a> Driver<'a> {
    fn new(wire: &'a [u8], plan: Plan) -> Self {
        let mut rng = SmallRng::seed_from_u64(plan.seed);
        let (ours, peer) = UnixStream::pair().expect("a pair of sockets");
        ours.set_nonblocking(true).expect("non-blocking");
        peer.set_nonblocking(true).expect("non-blocking");
        // What comes right behind the handshake's answer: mostly nothing.
        let early = match rng.random_range(0..8) {
            0 => wire.len(),
            1 => rng.random_range(0..=wire.len()),
            _ => 0,
        };
        let (prefix, unwritten) = wire.split_at(early);
        Self {
            plan,
            rng,
            connection: fuzzing::connection(ours, prefix.to_vec(), plan.max_message_size)
                .expect("a connection without waiting"),
            peer,
            unwritten,
            shut: false,
            slabs: vec![Vec::new()],
            taken: 0,
            ears: Ears::default(),
            again: true,
            idle: 0,
            sent: Sent::default(),
            outgoing: Vec::new(),
        }
    }

    /// The peer writes something, a turn is taken where one is due, something is sent.
    fn step(&mut self) {
        self.write();
        if self.again || self.is_readable() {
            let before = self.progress();
            self.turn();
            self.idle = if self.progress() == before {
                self.idle + 1
            } else {
                0
            };
        } else if self.unwritten.is_empty() && self.shut == self.plan.ended {
            self.idle = PATIENCE;
        }
        if self.ears.outcome == Outcome::Open {
            for _ in 0..self.rng.random_range(0..4) {
                self.talk();
            }
            self.connection.flush();
            self.drain();
        }
    }

    fn progress(&self) -> (u64, usize, bool) {
        (
            self.connection.stats().bytes_received,
            self.ears.heard.len(),
            self.connection.is_failing(),
        )
    }

    fn write(&mut self) {
        if self.unwritten.is_empty() {
            if self.plan.ended && !self.shut {
                self.peer
                    .shutdown(Shutdown::Write)
                    .expect("the other half stays open");
                self.shut = true;
            }
            return;
        }
        let longest = [0, 1, 7, 600, 9000, 200_000][self.rng.random_range(0..6)];
        let count = self.rng.random_range(0..=longest).min(self.unwritten.len());
        match self.peer.write(&self.unwritten[..count]) {
            Ok(count) => self.unwritten = &self.unwritten[count..],
            Err(error) => assert_eq!(error.kind(), IoErrorKind::WouldBlock),
        }
    }

    /// As a poll would have it: bytes, an end or an error.
    fn is_readable(&self) -> bool {
        let peeked = self
            .connection
            .stream()
            .map(|stream| stream.peek(&mut [MaybeUninit::uninit()]));
        !matches!(peeked, Some(Err(error)) if error.kind() == IoErrorKind::WouldBlock)
    }

    /// Memory for a turn: what is left of the last slab, or another that was used for a while.
    fn slab(&mut self) -> Vec<u8> {
        if self.rng.random_ratio(1, 8) {
            let longest = [64, 5000, WINDOW_SIZE][self.rng.random_range(0..3)];
            let length = self.rng.random_range(0..=longest);
            self.slabs.push(vec![0; length]);
            self.taken = 0;
        }
        self.slabs.pop().unwrap_or_default()
    }

    /// A turn as a driver takes it.
    fn turn(&mut self) {
        let mut room = if self.rng.random_ratio(1, 3) {
            self.rng.random_range(1..4)
        } else {
            usize::MAX
        };
        let mut slab = self.slab();
        self.connection.note_delivered();
        self.connection.begin_turn(1);
        self.connection.begin(Scratch::default());
        loop {
            let window = &mut slab[self.taken..];
            let error = self.listen(window, &mut room);
            if let Some(error) = error {
                self.fail(&error);
            } else if room > 0 && self.goes_on() {
                let mut next = vec![0; WINDOW_SIZE];
                self.connection.exchange_window(&slab[self.taken..], &mut next);
                self.slabs.push(std::mem::replace(&mut slab, next));
                self.taken = 0;
                continue;
            }
            break;
        }
        let (_, given) = self.connection.end(&slab[self.taken..]);
        self.taken += given;
        self.slabs.push(slab);
        self.again = room == 0 || self.connection.is_failing() || self.connection.is_unfinished();
    }

    /// Whether another window is lent. A driver that does not has to be told that there is more.
    fn goes_on(&mut self) -> bool {
        let is_full = self.ears.outcome == Outcome::Open && self.connection.is_window_full();
        is_full && self.rng.random_ratio(3, 4)
    }

    /// Takes events until there are none, there is no room for more, or it is over.
    fn listen(&mut self, window: &mut [u8], room: &mut usize) -> Option<Error> {
        while *room > 0
            && self.ears.outcome == Outcome::Open
            && let Poll::Ready(event) = self.connection.poll_event(window)
        {
            *room -= 1;
            match event {
                Ok(event) => self.ears.hear(event, window, self.slabs.len(), self.taken),
                Err(error) => return Some(error),
            }
        }
        None
    }

    /// What was sent before gets its way first: `fail` does not wait for a peer.
    fn fail(&mut self, error: &Error) {
        self.flush_all();
        self.ears.outcome = Ears::outcome_of(error);
        self.connection.fail(error);
    }

    /// Sends something now and then.
    fn talk(&mut self) {
        if !self.plan.talks || self.connection.is_failing() {
            return;
        }
        let connection = &mut self.connection;
        match self.rng.random_range(0..100) {
            0 => self.sent.close(connection, &mut self.rng),
            1..16 => self.sent.ping(connection, &mut self.rng),
            16..22 => self
                .sent
                .message(connection, Kind::Binary, self.rng.random_range(0..300_000)),
            22..60 => self
                .sent
                .message(connection, Kind::Text, self.rng.random_range(0..200)),
            _ => self
                .sent
                .message(connection, Kind::Binary, self.rng.random_range(0..5000)),
        }
    }

    /// The peer takes something.
    fn drain(&mut self) {
        let most = [0, 100, 10_000, PEER_READ][self.rng.random_range(0..4)];
        self.take(most);
    }

    fn take(&mut self, most: usize) {
        let start = self.outgoing.len();
        self.outgoing.resize(start + most, 0);
        let read = self.peer.read(&mut self.outgoing[start..]);
        self.outgoing.truncate(start + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(_) => {}
            // Closed with something unread.
            Err(error) if error.kind() == IoErrorKind::ConnectionReset => {}
            Err(error) => assert_eq!(error.kind(), IoErrorKind::WouldBlock),
        }
    }

    /// The peer takes everything.
    fn flush_all(&mut self) {
        loop {
            let flushed = self.connection.flush();
            let before = self.outgoing.len();
            self.take(PEER_READ);
            if flushed && self.outgoing.len() == before {
                return;
            }
            assert!(
                self.outgoing.len() > before,
                "the kernel takes nothing from the connection"
            );
        }
    }

    fn settle(&mut self) {
        self.flush_all();
        assert_eq!(self.connection.buffered(), 0);
    }
}
