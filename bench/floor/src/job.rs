//! What is asked and what is answered: the same as bench/clients/job.ts and passes.ts.

use serde::{Deserialize, Serialize};
use std::time::Duration;

const KIB: usize = 1024;

#[derive(Deserialize)]
pub(crate) struct Job {
    /// The server, without a path.
    pub(crate) url: String,
    /// A file with the certificate to trust; the floor does no TLS.
    pub(crate) ca: Option<String>,
    pub(crate) milliseconds: f64,
    pub(crate) cells: Vec<Cell>,
}

#[derive(Deserialize)]
pub(crate) struct Cell {
    work: String,
    /// Bytes of a message.
    pub(crate) size: usize,
    pub(crate) connections: usize,
}

impl Cell {
    /// Messages of a pass.
    pub(crate) fn messages(&self) -> usize {
        match (self.work.as_str(), self.size) {
            ("window", size) if size >= KIB * KIB => 60,
            (_, size) if size >= KIB * KIB => 20,
            ("window", size) if size >= 16 * KIB => 400,
            ("window", _) => 2000,
            ("requestResponse", size) if size >= 16 * KIB => 200,
            ("burst", size) if size >= 64 * KIB => 200,
            _ => 1000,
        }
    }

    /// Messages under way at once; `None` for works that are not done here.
    pub(crate) fn in_flight(&self) -> Option<usize> {
        match self.work.as_str() {
            "requestResponse" => Some(1),
            "window" => Some(100.min(self.messages())),
            "burst" => Some(self.messages()),
            _ => None,
        }
    }
}

/// Times are us per message.
#[derive(Serialize)]
pub(crate) struct Entry {
    messages: usize,
    wall: f64,
    cpu: f64,
    latency: Option<()>,
}

impl Entry {
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn new(messages: usize, wall: Duration, cpu: Duration) -> Self {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / messages as f64;
        Self {
            messages,
            wall: each(wall),
            cpu: each(cpu),
            latency: None,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct About {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) runtime: &'static str,
}
