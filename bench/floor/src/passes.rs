//! The works, and the times they take.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, Timespec, clock_gettime};
use serde::Deserialize;

use crate::{
    Outcome,
    connection::Connection,
    frames::{Counter, Stream, frame},
    job::{Cell, Entry, Job, Kind, Latency, Work},
};

/// What one `send` is given at most while echoes come back. For bursts of 64 KiB, in us on one core and on two: 44 and
/// 22 with 16 KiB, 35 and 29 with this, 42 and 40 with 64, 34 and 28 to 33 with more; what is smaller is sent at once.
const CHUNK: usize = 32 * 1024;

/// The connection of a cell with what is under way on it.
struct Course<'a> {
    cell: &'a Cell,
    connection: Connection,
    stream: Stream,
    counter: Counter,
    /// Messages of a flood that came before they were asked for.
    ahead: usize,
    /// Messages the sink has been sent.
    sunk: u64,
    trips: Vec<Duration>,
}

/// What `/sink` says when it is asked.
#[derive(Deserialize)]
struct Report {
    messages: u64,
}

/// The entry of a cell; none for a work it does not do.
pub(crate) fn measure(job: &Job, cell: &Cell) -> Outcome<Option<Entry>> {
    if cell.work == Work::Other {
        return Ok(None);
    }
    let mut course = Course::open(job, cell)?;
    course.pass()?;
    course.trips.clear();
    let limit = Duration::try_from_secs_f64(job.milliseconds / 1000.0)?;
    let (cpu, start) = (cpu_time(), Instant::now());
    let mut messages = 0;
    let elapsed = loop {
        course.pass()?;
        messages += cell.messages();
        let elapsed = start.elapsed();
        if elapsed >= limit {
            break elapsed;
        }
    };
    let count = f64::from(u32::try_from(messages)?);
    Ok(Some(Entry {
        messages,
        wall: microseconds(elapsed) / count,
        cpu: microseconds(cpu_time().saturating_sub(cpu)) / count,
        latency: course.latency(),
    }))
}

impl<'a> Course<'a> {
    fn open(job: &Job, cell: &'a Cell) -> Outcome<Self> {
        Ok(Self {
            cell,
            connection: Connection::open(&job.url, &cell.path())?,
            stream: Stream::new(cell, CHUNK.max(cell.size)),
            counter: Counter::new(cell.size),
            ahead: 0,
            sunk: 0,
            trips: Vec::new(),
        })
    }

    fn pass(&mut self) -> Outcome<()> {
        match self.cell.work {
            Work::RequestResponse => self.request_response(),
            Work::Window | Work::Burst => self.pipelined(),
            Work::Source => self.source(),
            Work::Sink => self.sink(),
            Work::Other => Ok(()),
        }
    }

    fn request_response(&mut self) -> Outcome<()> {
        for _ in 0..self.cell.messages() {
            let sent = Instant::now();
            self.connection
                .send_all(self.stream.portion(0, self.stream.frame))?;
            while self.counter.count(self.connection.receive()?)? == 0 {}
            self.trips.push(sent.elapsed());
        }
        Ok(())
    }

    /// A burst is a window as wide as the pass.
    fn pipelined(&mut self) -> Outcome<()> {
        let (messages, window) = (self.cell.messages(), self.cell.in_flight());
        let (mut sent, mut received) = (0, 0);
        while received < messages {
            let unsent = messages.min(received + window) * self.stream.frame - sent;
            let portion = self.stream.portion(sent, unsent.min(CHUNK));
            let written = if unsent > 0 {
                self.connection.try_send(portion)?
            } else {
                0
            };
            sent += written;
            let bytes = self.connection.try_receive()?;
            let nothing = bytes.is_empty() && written == 0;
            received += self.counter.count(bytes)?;
            if nothing {
                self.connection.wait(unsent > 0)?;
            }
        }
        Ok(())
    }

    fn source(&mut self) -> Outcome<()> {
        let messages = self.cell.messages();
        while self.ahead < messages {
            self.ahead += self.counter.count(self.connection.receive()?)?;
        }
        self.ahead -= messages;
        Ok(())
    }

    fn sink(&mut self) -> Outcome<()> {
        let all = self.cell.messages() * self.stream.frame;
        let mut sent = 0;
        while sent < all {
            let portion = self.stream.portion(sent, (all - sent).min(CHUNK));
            self.connection.send_all(portion)?;
            sent += portion.len();
        }
        self.sunk += self.cell.messages() as u64;
        self.connection.send_all(&frame(Kind::Text, b"report"))?;
        // A short text in one frame, and nothing else is under way.
        let answer = self.connection.receive()?;
        let report: Report = serde_json::from_slice(answer.get(2..).unwrap_or_default())?;
        if report.messages == self.sunk {
            return Ok(());
        }
        Err(format!("the sink took {} of {} messages", report.messages, self.sunk).into())
    }

    fn latency(&mut self) -> Option<Latency> {
        self.trips.sort_unstable();
        let percentile = |part: usize| {
            let index = self.trips.len() * part / 100;
            self.trips.get(index).map(|time| microseconds(*time))
        };
        Some(Latency {
            p50: percentile(50)?,
            p90: percentile(90)?,
            p99: percentile(99)?,
        })
    }
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000_000.0
}

/// User and system time of this process, as getrusage has it, in nanoseconds rather than ticks.
fn cpu_time() -> Duration {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(tv_sec).unwrap_or(0),
        u32::try_from(tv_nsec).unwrap_or(0),
    )
}
