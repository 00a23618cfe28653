//! Runs passes for the time of a job and takes wall and CPU time.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::{
    job::{Cell, Entry, Job},
    result::Result,
};

/// Runs one pass that is not timed, then whole passes until the time is over. The function is given the number of passes
/// before.
pub(crate) fn timed(job: &Job, cell: &Cell, mut pass: impl FnMut(usize) -> Result<()>) -> Result<Entry> {
    pass(0)?;
    let limit = Duration::try_from_secs_f64(job.milliseconds / 1000.0)?;
    let (cpu, start) = (cpu_time(), Instant::now());
    let mut passes = 0;
    let elapsed = loop {
        passes += 1;
        pass(passes)?;
        let elapsed = start.elapsed();
        if elapsed >= limit {
            break elapsed;
        }
    };
    let messages = passes * cell.messages();
    let count = f64::from(u32::try_from(messages)?);
    Ok(Entry {
        messages,
        wall: microseconds(elapsed) / count,
        cpu: microseconds(cpu_time().saturating_sub(cpu)) / count,
        latency: None,
    })
}

pub(crate) fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000_000.0
}

/// Returns user and system time of this process, in nanoseconds instead of the ticks of `getrusage`.
fn cpu_time() -> Duration {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(tv_sec).unwrap_or(0),
        u32::try_from(tv_nsec).unwrap_or(0),
    )
}
