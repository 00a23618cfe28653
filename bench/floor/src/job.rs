//! What a contender is asked and answers: the same as bench/clients/job.ts and passes.ts, in Rust.

use serde::{Deserialize, Serialize};
use serde_json::json;

const KIB: usize = 1024;

/// What is done with the connection. Others than these are not offered.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Work {
    RequestResponse,
    Window,
    Burst,
    Source,
    Sink,
    #[serde(other)]
    Other,
}

/// Text or binary.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Kind {
    Text,
    Binary,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Binary => "binary",
        }
    }
}

/// One thing to measure.
#[derive(Debug, Deserialize)]
pub(crate) struct Cell {
    pub(crate) work: Work,
    pub(crate) size: usize,
    pub(crate) kind: Kind,
    pub(crate) connections: usize,
}

/// The argument.
#[derive(Debug, Deserialize)]
pub(crate) struct Job {
    pub(crate) url: String,
    pub(crate) ca: Option<String>,
    pub(crate) milliseconds: f64,
    pub(crate) cells: Vec<Cell>,
}

/// Times between sending and echo, in us.
#[derive(Debug, Serialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
}

/// The answer to a cell, in us per message.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) messages: usize,
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
    pub(crate) latency: Option<Latency>,
}

impl Cell {
    /// Messages of a pass.
    pub(crate) fn messages(&self) -> usize {
        let steps: [(usize, usize); 3] = match self.work {
            Work::RequestResponse => [(1024 * KIB, 20), (16 * KIB, 200), (0, 1000)],
            Work::Window => [(1024 * KIB, 60), (16 * KIB, 400), (0, 2000)],
            Work::Burst => [(1024 * KIB, 20), (64 * KIB, 200), (0, 1000)],
            Work::Source | Work::Sink => [(1024 * KIB, 60), (16 * KIB, 1000), (0, 10_000)],
            Work::Other => [(0, 0); 3],
        };
        let step = steps.iter().find(|(size, _)| self.size >= *size);
        step.map_or(0, |(_, messages)| *messages)
    }

    /// Messages under way at once.
    pub(crate) fn in_flight(&self) -> usize {
        match self.work {
            Work::Window => 100.min(self.messages()),
            _ => self.messages(),
        }
    }

    /// Where the work is done.
    pub(crate) fn path(&self) -> String {
        match self.work {
            Work::Source => format!("/source?count=0&size={}&kind={}", self.size, self.kind.name()),
            Work::Sink => "/sink".to_owned(),
            _ => "/".to_owned(),
        }
    }
}

pub(crate) fn about() -> String {
    json!({
        "name": "floor",
        "version": env!("CARGO_PKG_VERSION"),
        "runtime": "bare system calls",
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(fields: serde_json::Value) -> Cell {
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn a_pass_has_fewer_large_messages() {
        let burst =
            |size: usize| cell(json!({ "work": "burst", "size": size, "kind": "binary", "connections": 1 }));
        assert_eq!(burst(64 * KIB - 1).messages(), 1000);
        assert_eq!(burst(64 * KIB).messages(), 200);
        assert_eq!(burst(1024 * KIB).in_flight(), 20);
    }

    #[test]
    fn a_work_it_does_not_know_is_no_error() {
        let idle = cell(json!({ "work": "idle", "size": 0, "kind": "binary", "connections": 10_000 }));
        assert_eq!(idle.work, Work::Other);
    }
}
