//! The server of the tests, the demo and the benchmarks. Never shipped.
//!
//! One process, one thread, three ports:
//!
//! - `ws` and `wss` speak WebSocket through tungstenite. The path of the upgrade request selects a mode:
//!   `/echo`, `/source`, `/deaf`, `/close?code=1001`, `/status/404` and so on. `src/modes/mod.rs` lists the modes
//!   with their parameters. Echoes of small messages bypass tungstenite; see `src/fast_echo.rs`.
//!   With `deflate=1` the path accepts permessage-deflate; see `src/deflate`.
//! - `raw` is the scripted peer. It runs a script of bytes given in the path, so that a test can send what a
//!   correct implementation never sends, and keeps a transcript of what the client sent.
//!   `src/scripted/script.rs` lists the steps.
//!
//! ```no_run
//! # async fn start() -> std::io::Result<()> {
//! let server = websocket_rs_peer::Server::start(&websocket_rs_peer::Options::default()).await?;
//! println!("{}", server.announcement());
//! # Ok(())
//! # }
//! ```

mod certificate;
mod deflate;
mod fast_echo;
mod frame;
mod frame_loop;
mod frame_stream;
mod http_response;
mod listen;
mod modes;
mod request_head;
mod scripted;
mod shared;
mod transport;
mod upgrade;
mod verbatim_echo;

pub use certificate::write_certificates;
pub use listen::{Options, Server};
