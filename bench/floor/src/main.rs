//! The floor, a lower bound for all clients: sends frames that were built and masked in advance, and counts the echoes
//! by their headers, using bare system calls. Runs the jobs of bench/clients/job.ts without TLS, and on Linux with many
//! connections too.

use std::{env, process::ExitCode};

mod frames;
mod job;
mod result;
#[cfg(unix)]
mod timed;

#[cfg(unix)]
mod connection;
#[cfg(target_os = "linux")]
mod many;
#[cfg(unix)]
mod passes;

use result::Result;

fn main() -> ExitCode {
    match output() {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn output() -> Result<String> {
    let argument = env::args()
        .nth(1)
        .ok_or("usage: websocket-rs-floor --about | JOB")?;
    if argument == "--about" {
        return Ok(job::about());
    }
    let job: job::Job = serde_json::from_str(&argument)?;
    let entries: Vec<_> = job
        .cells
        .iter()
        .map(|cell| entry(&job, cell))
        .collect::<Result<_>>()?;
    Ok(serde_json::to_string(&entries)?)
}

#[cfg(unix)]
fn entry(job: &job::Job, cell: &job::Cell) -> Result<Option<job::Entry>> {
    if job.ca.is_some() || cell.connections == 0 {
        return Ok(None);
    }
    if cell.connections == 1 {
        return passes::measure(job, cell);
    }
    #[cfg(target_os = "linux")]
    return many::measure(job, cell);
    #[cfg(not(target_os = "linux"))]
    Ok(None)
}

#[cfg(not(unix))]
fn entry(_: &job::Job, _: &job::Cell) -> Result<Option<job::Entry>> {
    Err("the floor needs a Unix".into())
}
