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

pub mod blocking;
pub mod busy_poll;
pub mod connect;
mod connection;
mod error;
mod framing;
#[cfg(all(feature = "fuzzing", unix))]
pub mod fuzzing;
pub mod lingering_close;
pub mod runtime;
mod stats;
mod transport;

pub use connect::{ConnectOptions, Family, Identity, ProxyOption, TlsOptions, TlsParameters};
pub use connection::{
    Connection, Event, KeepaliveOptions, KeepaliveStep, KernelSendQueue, KernelSendQueueProbe,
};
pub use error::{Error, ErrorKind, Phase, ProxyFailure, Refusal};
pub use framing::{Payload, Scratch, WINDOW_SIZE};
pub use stats::Stats;
pub use websocket_rs_protocol::frame::Kind;
pub use websocket_rs_protocol::response::HandshakeError;
pub use websocket_rs_protocol::{close, coalescing, headers::Header, limits, proxy, target};
