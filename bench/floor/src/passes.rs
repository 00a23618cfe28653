//! Runs and measures the workloads.

use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::{
    connection::Connection,
    frames::{Counter, Stream, frame},
    job::{Cell, Entry, Job, Kind, Latency, Workload},
    result::Result,
    timed::{microseconds, timed},
};

/// The most that one `send` passes to the kernel while echoes arrive. For bursts of 64 KiB, in us per message on one core
/// and on two: 44 and 22 with 16 KiB, 35 and 29 with 32 KiB, 42 and 40 with 64 KiB, 34 and 28 to 33 with more.
pub(crate) const CHUNK: usize = 32 * 1024;

/// A cell while it is measured.
struct Measurement<'a> {
    cell: &'a Cell,
    connection: Connection,
    stream: Stream,
    counter: Counter,
    /// Messages of a flood that arrived before the pass they count for.
    ahead: usize,
    /// Messages sent to `/sink` so far.
    sent_to_sink: u64,
    trips: Vec<Duration>,
}

/// The report of `/sink`.
#[derive(Deserialize)]
struct Report {
    messages: u64,
}

/// Returns the entry of a cell, or `None` if the workload is not offered.
pub(crate) fn measure(job: &Job, cell: &Cell) -> Result<Option<Entry>> {
    if cell.workload == Workload::Other {
        return Ok(None);
    }
    let mut measurement = Measurement::open(job, cell)?;
    let entry = timed(job, cell, |passed| {
        if passed == 1 {
            // The trips of the first pass, which is not timed.
            measurement.trips.clear();
        }
        measurement.pass()
    })?;
    Ok(Some(Entry {
        latency: measurement.latency(),
        ..entry
    }))
}

impl<'a> Measurement<'a> {
    fn open(job: &Job, cell: &'a Cell) -> Result<Self> {
        Ok(Self {
            cell,
            connection: Connection::open(&job.url, &cell.path())?,
            stream: Stream::new(cell, CHUNK.max(cell.size)),
            counter: Counter::new(cell.size),
            ahead: 0,
            sent_to_sink: 0,
            trips: Vec::new(),
        })
    }

    fn pass(&mut self) -> Result<()> {
        match self.cell.workload {
            Workload::RequestResponse => self.request_response(),
            Workload::Pipelined | Workload::Burst => self.pipelined(),
            Workload::Source => self.source(),
            Workload::Sink => self.sink(),
            Workload::Other => Ok(()),
        }
    }

    fn request_response(&mut self) -> Result<()> {
        for _ in 0..self.cell.messages() {
            let sent = Instant::now();
            self.connection
                .send_all(self.stream.portion(0, self.stream.frame))?;
            while self.counter.count(self.connection.receive()?)? == 0 {}
            self.trips.push(sent.elapsed());
        }
        Ok(())
    }

    /// A burst has all messages of the pass in flight.
    fn pipelined(&mut self) -> Result<()> {
        let (messages, in_flight) = (self.cell.messages(), self.cell.in_flight());
        let (mut sent, mut received) = (0, 0);
        while received < messages {
            let unsent = messages.min(received + in_flight) * self.stream.frame - sent;
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

    fn source(&mut self) -> Result<()> {
        let messages = self.cell.messages();
        while self.ahead < messages {
            self.ahead += self.counter.count(self.connection.receive()?)?;
        }
        self.ahead -= messages;
        Ok(())
    }

    fn sink(&mut self) -> Result<()> {
        let all = self.cell.messages() * self.stream.frame;
        let mut sent = 0;
        while sent < all {
            let portion = self.stream.portion(sent, (all - sent).min(CHUNK));
            self.connection.send_all(portion)?;
            sent += portion.len();
        }
        self.sent_to_sink += self.cell.messages() as u64;
        self.connection.send_all(&frame(Kind::Text, b"report"))?;
        // The report is the only frame; its header takes two bytes.
        let report = self.connection.receive()?;
        let report: Report = serde_json::from_slice(report.get(2..).unwrap_or_default())?;
        if report.messages == self.sent_to_sink {
            return Ok(());
        }
        Err(format!(
            "the sink received {} of {} messages",
            report.messages, self.sent_to_sink
        )
        .into())
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
