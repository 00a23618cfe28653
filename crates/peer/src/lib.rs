//! The peer the tests, the demo and the benchmarks talk to. Never shipped.
//!
//! One process, one thread, three ports:
//!
//! - `ws` and `wss` speak WebSocket through tungstenite. The path of the upgrade request picks a mode:
//!   `/echo`, `/source`, `/deaf`, `/close?code=1001`, `/status/404` and so on; `src/modes/mod.rs` lists
//!   them with their parameters. Plain echoes begin without tungstenite; see `src/fast_echo.rs`.
//! - `raw` speaks nothing by itself. It plays a script of bytes given in the path, so that a test can
//!   send what no correct implementation would, and keeps a transcript of what the client said;
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
mod fast_echo;
mod frame;
mod http_response;
mod listen;
mod modes;
mod request_head;
mod scripted;
mod shared;
mod transport;
mod upgrade;

pub use certificate::write_certificates;
pub use listen::{Options, Server};
