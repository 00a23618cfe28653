//! The floor under all clients: it sends frames that were built and masked beforehand, and counts those that come
//! back by their headers, with nothing but system calls. Takes the jobs of bench/clients/job.ts, for one connection
//! without TLS.

use std::{env, error::Error, process::ExitCode};

mod frames;
mod job;

#[cfg(unix)]
mod connection;
#[cfg(unix)]
mod passes;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match answer() {
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

fn answer() -> Outcome<String> {
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
        .collect::<Outcome<_>>()?;
    Ok(serde_json::to_string(&entries)?)
}

#[cfg(unix)]
fn entry(job: &job::Job, cell: &job::Cell) -> Outcome<Option<job::Entry>> {
    if job.ca.is_some() || cell.connections != 1 {
        return Ok(None);
    }
    passes::measure(job, cell)
}

#[cfg(not(unix))]
fn entry(_: &job::Job, _: &job::Cell) -> Outcome<Option<job::Entry>> {
    Err("the floor needs a Unix".into())
}
