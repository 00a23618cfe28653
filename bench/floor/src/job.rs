//! The job of a contender and its entries: bench/clients/job.ts and passes.ts, in Rust.

use serde::{Deserialize, Serialize};
use serde_json::json;

const KIB: usize = 1024;
/// Connections from which on a pass has more messages, so that each connection has several.
const MANY: usize = 1000;
const MORE: usize = 10;

/// What is done on the connection. Workloads other than these are not offered.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Workload {
    RequestResponse,
    Pipelined,
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

/// One measurement.
#[derive(Debug, Deserialize)]
pub(crate) struct Cell {
    pub(crate) workload: Workload,
    pub(crate) size: usize,
    pub(crate) kind: Kind,
    pub(crate) connections: usize,
}

/// The argument of a contender.
#[derive(Debug, Deserialize)]
pub(crate) struct Job {
    pub(crate) url: String,
    pub(crate) ca: Option<String>,
    pub(crate) milliseconds: f64,
    pub(crate) cells: Vec<Cell>,
}

/// Percentiles of the times between sending and echo, in us.
#[derive(Debug, Serialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
}

/// The figures of a cell. Times are in us per message.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) messages: usize,
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
    pub(crate) latency: Option<Latency>,
}

impl Cell {
    /// Returns the messages of a pass, rounded up to a multiple of the connections.
    pub(crate) fn messages(&self) -> usize {
        self.share() * self.connections
    }

    /// Returns the messages of a pass on each connection.
    pub(crate) fn share(&self) -> usize {
        let steps: [(usize, usize); 3] = match self.workload {
            Workload::RequestResponse => [(1024 * KIB, 20), (16 * KIB, 200), (0, 1000)],
            Workload::Pipelined => [(1024 * KIB, 60), (16 * KIB, 400), (0, 2000)],
            Workload::Burst => [(1024 * KIB, 20), (64 * KIB, 200), (0, 1000)],
            Workload::Source | Workload::Sink => [(1024 * KIB, 60), (16 * KIB, 1000), (0, 10_000)],
            Workload::Other => [(0, 0); 3],
        };
        let step = steps.iter().find(|(size, _)| self.size >= *size);
        let factor = if self.connections >= MANY { MORE } else { 1 };
        step.map_or(0, |(_, messages)| (messages * factor).div_ceil(self.connections))
    }

    /// Returns the number of messages in flight on each connection.
    pub(crate) fn in_flight(&self) -> usize {
        match self.workload {
            Workload::RequestResponse => 1,
            Workload::Pipelined if self.connections == 1 => 100.min(self.share()),
            Workload::Pipelined => 10.min(self.share()),
            _ => self.share(),
        }
    }

    /// Returns the path of the URL for the workload.
    pub(crate) fn path(&self) -> String {
        match self.workload {
            Workload::Source => format!("/source?count=0&size={}&kind={}", self.size, self.kind.name()),
            Workload::Sink => "/sink".to_owned(),
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
        let burst = |size: usize| {
            cell(json!({ "workload": "burst", "size": size, "kind": "binary", "connections": 1 }))
        };
        assert_eq!(burst(64 * KIB - 1).messages(), 1000);
        assert_eq!(burst(64 * KIB).messages(), 200);
        assert_eq!(burst(1024 * KIB).in_flight(), 20);
    }

    #[test]
    fn connections_share_a_pass_evenly() {
        let echo = |workload: &str, connections: usize| {
            cell(json!({ "workload": workload, "size": 512, "kind": "binary", "connections": connections }))
        };
        let pipelined = echo("pipelined", 300);
        assert_eq!(
            (pipelined.share(), pipelined.messages(), pipelined.in_flight()),
            (7, 2100, 7)
        );
        assert_eq!(echo("pipelined", 100).in_flight(), 10);
        assert_eq!(echo("pipelined", 1).in_flight(), 100);
        assert_eq!(echo("requestResponse", 100).in_flight(), 1);
        assert_eq!(echo("requestResponse", 1000).share(), 10);
    }

    #[test]
    fn an_unknown_workload_is_not_an_error() {
        let unknown = cell(json!({ "workload": "idle", "size": 0, "kind": "binary", "connections": 10_000 }));
        assert_eq!(unknown.workload, Workload::Other);
    }
}
