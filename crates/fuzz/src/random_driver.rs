//! Drives a connection over a socket pair as `crates/node` does, with random choices: how the peer's bytes are
//! split, where turns end, how long windows are, and what is sent meanwhile.

use crate::outgoing::{Sent, check_outgoing};
use crate::recorder::Recorder;
use crate::reference::{Deflate, Rules, StreamOutcome, decode};
use crate::treatment::Decision;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::io::{ErrorKind as IoErrorKind, Read, Write};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, mpsc};
use std::task::{Poll, Wake, Waker};
use websocket_rs_client::compression::{Compression, DeflateSettings};
use websocket_rs_client::extensions::deflate::DeflateParameters;
use websocket_rs_client::{Connection, Error, Event, Kind, Scratch, WINDOW_SIZE, fuzzing};

/// How many steps without progress make a connection count as stuck. A turn may read a single byte.
const MAX_IDLE_STEPS: usize = 64;

/// The most bytes the peer reads at once.
const PEER_READ: usize = 64 * 1024;

/// The fixed parameters of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) rules: Rules,
    /// The connection sends messages, pings and sometimes a close frame between turns.
    pub(crate) sends: bool,
    /// Other threads decompress what is large.
    pub(crate) has_jobs: bool,
}

fn compression(deflate: Deflate) -> Compression {
    Compression {
        parameters: DeflateParameters {
            server_no_context_takeover: deflate.no_context_takeover,
            client_no_context_takeover: false,
            server_max_window_bits: deflate.window_bits,
            client_max_window_bits: 15,
        },
        settings: DeflateSettings {
            level: 6,
            mem_level: 8,
            // The check of what is sent expects plain frames.
            threshold: usize::MAX,
        },
    }
}

/// Reports that a job has ended.
struct Ended(mpsc::Sender<()>);

impl Wake for Ended {
    fn wake(self: Arc<Self>) {
        // The driver may have ended before.
        let _ = self.0.send(());
    }
}

/// Feeds the peer's bytes to a connection and compares the result with the reference. Returns the number of jobs.
pub(crate) fn run(wire: &[u8], plan: Plan) -> usize {
    let expected = decode(wire, plan.rules);
    let mut driver = RandomDriver::new(wire, plan);
    driver.request_stream();
    while driver.recorder.outcome == StreamOutcome::Open && driver.idle < MAX_IDLE_STEPS {
        driver.step();
    }
    driver.settle();
    driver.recorder.check(&expected, &driver.slabs);
    let stats = driver.connection.stats();
    assert_eq!(stats.messages_sent, driver.sent.messages.len() as u64);
    check_outgoing(&driver.outgoing, &driver.sent, &expected);
    driver.jobs
}

struct RandomDriver<'a> {
    plan: Plan,
    rng: SmallRng,
    connection: Connection,
    peer: UnixStream,
    unwritten: &'a [u8],
    /// The peer has shut down its write half.
    shut: bool,
    /// All slabs that were lent.
    slabs: Vec<Vec<u8>>,
    /// How many bytes of the last slab hold messages.
    filled: usize,
    recorder: Recorder,
    /// The number of messages before the next one.
    index: u64,
    /// The connection needs another turn even if its socket is not readable.
    again: bool,
    /// How many steps in a row made no progress.
    idle: usize,
    sent: Sent,
    outgoing: Vec<u8>,
    /// Reports the end of each job.
    ended: mpsc::Receiver<()>,
    jobs: usize,
}

impl<'a> RandomDriver<'a> {
    fn new(wire: &'a [u8], plan: Plan) -> Self {
        let mut rng = SmallRng::seed_from_u64(plan.seed);
        let (ours, peer) = UnixStream::pair().expect("a socket pair");
        ours.set_nonblocking(true).expect("a non-blocking socket");
        peer.set_nonblocking(true).expect("a non-blocking socket");
        // The bytes that arrive together with the upgrade response: mostly none.
        let early = match rng.random_range(0..8) {
            0 => wire.len(),
            1 => rng.random_range(0..=wire.len()),
            _ => 0,
        };
        let (prefix, unwritten) = wire.split_at(early);
        let mut connection = fuzzing::connection(
            ours,
            prefix.to_vec(),
            plan.rules.max_message_size,
            plan.rules.deflate.map(compression),
        )
        .expect("a connection");
        let (sender, ended) = mpsc::channel();
        if plan.has_jobs {
            connection.set_waker(Waker::from(Arc::new(Ended(sender))));
        }
        Self {
            plan,
            rng,
            connection,
            peer,
            unwritten,
            shut: false,
            slabs: vec![Vec::new()],
            filled: 0,
            recorder: Recorder::default(),
            index: 0,
            again: true,
            idle: 0,
            sent: Sent::default(),
            outgoing: Vec::new(),
            ended,
            jobs: 0,
        }
    }

    /// Lets the peer write, runs a turn if one is due, and sends.
    fn step(&mut self) {
        self.write();
        if self.connection.is_decompressing() && self.rng.random() {
            self.ended.recv().expect("the end of the job");
            self.jobs += 1;
            self.turn();
        } else if self.again || self.is_readable() {
            let before = self.progress();
            self.turn();
            self.idle = if self.progress() == before {
                self.idle + 1
            } else {
                0
            };
        } else if self.unwritten.is_empty() && self.shut == self.plan.rules.ended {
            self.idle = MAX_IDLE_STEPS;
        }
        if self.recorder.outcome == StreamOutcome::Open {
            for _ in 0..self.rng.random_range(0..4) {
                self.send_something();
            }
            self.connection.flush();
            self.drain();
        }
    }

    /// Returns values that change when the connection makes progress.
    fn progress(&self) -> (u64, usize, bool) {
        (
            self.connection.stats().bytes_received,
            self.recorder.events.len() + self.recorder.chunks,
            self.connection.is_ending(),
        )
    }

    /// Lets the peer write some bytes, or shut down its write half at their end.
    fn write(&mut self) {
        if self.unwritten.is_empty() {
            if self.plan.rules.ended && !self.shut {
                self.peer
                    .shutdown(Shutdown::Write)
                    .expect("the write half shuts down");
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

    /// Returns what `poll(2)` would report: bytes, the end of the stream, or an error.
    fn is_readable(&self) -> bool {
        let peeked = self
            .connection
            .stream()
            .map(|stream| stream.peek(&mut [MaybeUninit::uninit()]));
        !matches!(peeked, Some(Err(error)) if error.kind() == IoErrorKind::WouldBlock)
    }

    /// Returns the slab for a turn: the last one, or sometimes a new one of random length.
    fn slab(&mut self) -> Vec<u8> {
        if self.rng.random_ratio(1, 8) {
            let longest = [64, 5000, WINDOW_SIZE][self.rng.random_range(0..3)];
            let length = self.rng.random_range(0..=longest);
            self.slabs.push(vec![0; length]);
            self.filled = 0;
        }
        self.slabs.pop().unwrap_or_default()
    }

    /// Runs a turn as a driver of `crates/node` does.
    fn turn(&mut self) {
        let mut limit = if self.rng.random_ratio(1, 3) {
            self.rng.random_range(1..4)
        } else {
            usize::MAX
        };
        let mut slab = self.slab();
        self.connection.note_delivered();
        self.connection.begin_turn(1);
        self.connection.begin(Scratch::default());
        loop {
            let window = &mut slab[self.filled..];
            let error = self.receive(window, &mut limit);
            if let Some(error) = error {
                self.fail(&error);
            } else if limit > 0 && self.continues() {
                let mut next = vec![0; WINDOW_SIZE];
                self.connection.exchange_window(&slab[self.filled..], &mut next);
                self.slabs.push(std::mem::replace(&mut slab, next));
                self.filled = 0;
                continue;
            }
            break;
        }
        let (_, used) = self.connection.end(&slab[self.filled..]);
        self.filled += used;
        self.slabs.push(slab);
        self.again = limit == 0
            || self.connection.is_ending()
            || self.connection.is_unfinished()
            || self.connection.is_decompressing();
    }

    /// Returns whether to lend another window in this turn. If not, the connection asks for another turn.
    fn continues(&mut self) -> bool {
        let is_full = self.recorder.outcome == StreamOutcome::Open && self.connection.is_window_full();
        is_full && self.rng.random_ratio(3, 4)
    }

    /// Takes events until there are none, the limit is reached, or the connection has ended.
    fn receive(&mut self, window: &mut [u8], limit: &mut usize) -> Option<Error> {
        while *limit > 0
            && self.recorder.outcome == StreamOutcome::Open
            && let Poll::Ready(event) = self.connection.poll_event(window)
        {
            *limit -= 1;
            match event {
                Ok(Event::Held) => self.decide(),
                Ok(event) => self.handle(event, window),
                Err(error) => return Some(error),
            }
        }
        None
    }

    fn handle(&mut self, event: Event, window: &mut [u8]) {
        let is_start = matches!(event, Event::StreamStart(_));
        let is_end = matches!(event, Event::Message(..) | Event::StreamEnd);
        self.recorder.record(event, window, self.slabs.len(), self.filled);
        if is_start {
            self.recorder.is_skipped = self.plan.rules.treatments.of(self.index).is_skipped;
            if self.recorder.is_skipped {
                self.connection.skip_message();
            }
        }
        if is_end {
            self.index += 1;
            self.request_stream();
        }
    }

    /// Decides about a message that is held.
    fn decide(&mut self) {
        assert!(self.connection.is_held());
        match self.plan.rules.treatments.of(self.index).decision {
            Decision::Refuse => assert!(self.connection.refuse_message()),
            Decision::Stream => assert!(self.connection.stream_message()),
            Decision::Skip => {
                assert!(self.connection.skip_message());
                self.index += 1;
                self.request_stream();
            }
        }
        assert!(!self.connection.is_held());
    }

    /// Requests that the next message is streamed, if it is to be.
    fn request_stream(&mut self) {
        if self.plan.rules.treatments.of(self.index).is_requested {
            self.connection.stream_message();
        }
    }

    /// Fails the connection after everything sent before is flushed, because `fail` does not wait for the peer.
    fn fail(&mut self, error: &Error) {
        self.flush_all();
        self.recorder.outcome = Recorder::outcome_of(error);
        self.connection.fail(error);
    }

    /// Sends something at random.
    fn send_something(&mut self) {
        if !self.plan.sends || self.connection.is_ending() {
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

    /// Lets the peer read some bytes.
    fn drain(&mut self) {
        let most = [0, 100, 10_000, PEER_READ][self.rng.random_range(0..4)];
        self.read_as_peer(most);
    }

    fn read_as_peer(&mut self, most: usize) {
        let start = self.outgoing.len();
        self.outgoing.resize(start + most, 0);
        let read = self.peer.read(&mut self.outgoing[start..]);
        self.outgoing.truncate(start + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(_) => {}
            // The connection was closed with unread bytes.
            Err(error) if error.kind() == IoErrorKind::ConnectionReset => {}
            Err(error) => assert_eq!(error.kind(), IoErrorKind::WouldBlock),
        }
    }

    /// Lets the peer read everything.
    fn flush_all(&mut self) {
        loop {
            let flushed = self.connection.flush();
            let before = self.outgoing.len();
            self.read_as_peer(PEER_READ);
            if flushed && self.outgoing.len() == before {
                return;
            }
            assert!(
                self.outgoing.len() > before,
                "the kernel accepts nothing from the connection"
            );
        }
    }

    /// Flushes everything and checks that the send buffer is empty.
    fn settle(&mut self) {
        self.flush_all();
        assert_eq!(self.connection.buffered(), 0);
    }
}
