//! The floor of `make bench`: a client that only moves prebuilt frames with bare system calls.
//!
//! It does not mask, parse or copy: the frames are made before the clock runs, and of what comes back only
//! the bytes are counted. No client can take less than the kernel does, so this is what the others are
//! measured by. `floor --about`, `floor JOB`; the interface is that of bench/clients/job.ts.

mod job;
mod moving;

use job::{About, Cell, Entry, Job};
use moving::Wire;
use rustix::time::{ClockId, clock_gettime};
use std::io;
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error>;

/// Passes before the clock runs.
const WARM_UP: usize = 1;

fn main() -> Result<(), Failure> {
    let argument = std::env::args().nth(1).ok_or("usage: floor --about | JOB")?;
    let answer = if argument == "--about" {
        serde_json::to_string(&About {
            name: "floor",
            version: env!("CARGO_PKG_VERSION"),
            runtime: "bare system calls",
        })?
    } else {
        let job: Job = serde_json::from_str(&argument)?;
        let entries: Result<Vec<_>, _> = job.cells.iter().map(|cell| measure(&job, cell)).collect();
        serde_json::to_string(&entries?)?
    };
    println!("{answer}");
    Ok(())
}

/// Processor time of this process, user and system.
fn cpu_time() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(now).unwrap_or_default()
}

/// Does a cell; `None` for what says nothing about clients: TLS, many connections, one way only.
fn measure(job: &Job, cell: &Cell) -> Result<Option<Entry>, Failure> {
    let Some(in_flight) = cell.in_flight() else {
        return Ok(None);
    };
    if job.ca.is_some() || cell.connections != 1 {
        return Ok(None);
    }
    let mut wire = Wire::open(&job.url, cell.size)?;
    let messages = cell.messages();
    for _ in 0..WARM_UP {
        pass(&mut wire, messages, in_flight)?;
    }
    let (cpu, start) = (cpu_time(), Instant::now());
    let mut passes = 0;
    while passes == 0 || start.elapsed().as_secs_f64() * 1000.0 < job.milliseconds {
        pass(&mut wire, messages, in_flight)?;
        passes += 1;
    }
    let (wall, cpu) = (start.elapsed(), cpu_time().saturating_sub(cpu));
    let messages = messages * passes;
    Ok(Some(Entry::new(messages, wall, cpu)))
}

fn pass(wire: &mut Wire, messages: usize, in_flight: usize) -> io::Result<()> {
    if in_flight == 1 {
        (0..messages).try_for_each(|_| wire.round_trip())
    } else {
        wire.pipeline(messages, in_flight)
    }
}
