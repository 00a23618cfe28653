//! One WebSocket connection: opened on Tokio, then driven by whoever owns its thread.
//!
//! ```text
//! connect/   resolve -> dial -> tls -> upgrade, under one deadline, on the shared Tokio runtime
//!    |
//!    v       a Connection, its socket taken off Tokio
//! connection receive, send, flush, close, keepalive: never blocks, has no thread of its own
//!    |
//! framing    the only file that names tungstenite: control frames, fragments, violations
//!    |
//! io         plain or TLS bytes, between
//!    |         inflow: cuts plain data messages out, passes all other frames to the codec
//!    |         outflow: encodes data frames, takes the codec's as they are
//!    |
//! socket     the carrier
//! ```
//!
//! Two drivers call a [`Connection`]: the loop driver in `crates/node`, on libuv's loop, and
//! [`blocking`], with `poll(2)` on the calling thread. Neither has protocol knowledge.

pub mod awake;
pub mod blocking;
pub mod connect;
mod connection;
mod errno;
mod error;
mod framing;
#[cfg(all(feature = "fuzzing", unix))]
pub mod fuzzing;
mod inflow;
mod io;
pub mod linger;
mod options;
mod outflow;
mod pongs;
pub mod runtime;
mod socket;
mod stats;

pub use connection::{
    Connection, Event, Kind, Payload, Scratch, SendQueue, SendQueueProbe, Tick, WINDOW_SIZE,
};
pub use error::{Error, ErrorKind, Phase, ProxyFailure, Refusal};
pub use options::{
    ConnectOptions, Family, Identity, KeepaliveOptions, ProxyOption, TlsOptions, TlsParameters,
};
pub use stats::Stats;
pub use websocket_rs_protocol::response::Violation;
pub use websocket_rs_protocol::{busy_poll, close, coalescing, headers::Header, limits, proxy, target};
