//! WebSocket extensions (RFC 6455 section 9): the only one is permessage-deflate.

mod answer;
pub mod deflate;
mod error;
mod list;

pub use answer::agree;
pub use error::{ExtensionError, ParameterFault};
