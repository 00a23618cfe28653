//! One WebSocket connection: opened on Tokio or by its driver, then driven on the thread that owns it.
//!
//! ```text
//! connect/         resolve, dial, proxy, TLS, upgrade, redirects: under one deadline, on the shared Tokio runtime
//!    |             direct   dial and upgrade on the event loop, if nothing else is needed
//!    |
//!    v             a Connection, whose socket is taken off Tokio
//! connection/      receive, send, flush, close, keepalive: never blocks, has no thread
//!    |
//! framing/         received bytes into frames, frames into bytes to send
//!    |               codec    tungstenite: pings, pongs, the end of the stream
//!    |               inflow   data messages, and what breaks the protocol; passes control frames to the codec
//!    |               backlog  frames that are to be compressed first, and those behind them
//!    |               outflow  encodes data frames, appends the codec's control frames
//!    |
//! compression/     permessage-deflate: what compresses and decompresses, and jobs on other threads
//!    |
//! transport/       bytes from and to the kernel, plain or TLS, or a stream that the caller carries
//! ```
//!
//! Two drivers call a [`Connection`]: the loop driver in `crates/node`, on libuv's loop, and
//! [`blocking`], with `poll(2)` on the calling thread. Neither knows the protocol.

pub mod blocking;
pub mod busy_poll;
pub mod compression;
pub mod connect;
mod connection;
mod destination;
mod error;
mod framing;
#[cfg(all(feature = "fuzzing", unix))]
pub mod fuzzing;
pub mod lingering_close;
mod payload_memory;
pub mod runtime;
mod stats;
mod threads;
mod transport;

pub use connect::{ConnectOptions, Family, Identity, ProxyOption, TlsOptions, TlsParameters};
pub use connection::{
    Connection, Event, Handshake, KeepaliveOptions, KeepaliveStep, KernelSendQueue, KernelSendQueueProbe,
};
pub use destination::{Destination, Destinations};
pub use error::{Error, ErrorKind, Phase, ProxyFailure, Refused, Rejection, RelayError};
pub use framing::{FrameOptions, Payload, Scratch, WINDOW_SIZE};
pub use payload_memory::PayloadMemory;
pub use stats::Stats;
pub use transport::{Addresses, Relay, RelayStream, RelayWork, TlsSession};
pub use websocket_rs_protocol::extensions;
pub use websocket_rs_protocol::frame::Kind;
pub use websocket_rs_protocol::response::HandshakeError;
pub use websocket_rs_protocol::{close, coalescing, headers::Header, limits, proxy, target};
