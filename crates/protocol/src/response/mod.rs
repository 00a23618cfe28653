//! HTTP responses of the opening handshake: reading them up to a limit, and the checks of RFC 6455 section 4.1.

mod beginning;
mod body;
mod chunks;
mod error;
mod head;
mod upgrade;

pub use beginning::Beginning;
pub use body::ErrorBody;
pub use error::{HandshakeError, HeaderFault};
pub use head::{Response, ResponseReader};
pub use upgrade::{Accepted, judge};
