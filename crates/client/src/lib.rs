//! One WebSocket connection: opened on Tokio, then driven by whoever owns its thread.
//!
//! ```text
//! connect/   resolve -> dial -> tls -> upgrade, under one deadline, on the shared Tokio runtime
//!    |
//!    v       a Connection, its socket taken off Tokio
//! connection receive, send, flush, close, keepalive: never blocks, has no thread of its own
//!    |
//! framing    the only file that names tungstenite: frames <-> messages
//!    |
//! io         plain or TLS bytes; the bytes that came with the handshake first
//!    |
//! socket     the carrier: reads into a scratch lent by the driver, queues what the kernel refuses
//! ```
//!
//! Two drivers call a [`Connection`]: the loop driver in `crates/node`, on libuv's loop, and
//! [`blocking`], with `poll(2)` on the calling thread. Neither has protocol knowledge.

pub mod blocking;
pub mod connect;
mod connection;
mod error;
mod framing;
mod io;
mod options;
pub mod runtime;
mod socket;
mod stats;

pub use connection::{Connection, Event, Kind, Tick};
pub use error::{Error, ErrorKind, Phase, Refusal, errno_name};
pub use options::{ConnectOptions, Family, KeepaliveOptions, TlsOptions};
pub use socket::SCRATCH_SIZE;
pub use stats::Stats;
pub use websocket_rs_protocol::response::Violation;
pub use websocket_rs_protocol::{close, headers::Header, limits, target};
