//! Frames: cut out of the bytes that arrive, and encoded into the bytes that are sent.

mod backlog;
mod codec;
mod inflow;
mod io;
mod outflow;
mod outgoing;
mod refusal;
mod unsent_pongs;

pub(crate) use codec::{Framing, Incoming};
pub use inflow::{Payload, WINDOW_SIZE};
pub(crate) use io::FrameIo;
pub use io::Scratch;
pub use outgoing::FrameOptions;
pub(crate) use unsent_pongs::UnsentPongs;
