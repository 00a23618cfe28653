//! Headers of the opening handshake: their grammar (RFC 9110 section 5), and those that a caller may add (RFC 6455
//! section 4).

mod error;
mod field;
mod request;

pub use error::HeaderError;
pub use field::{Header, check_header, holds, is_token, list_holds, put_line};
pub use request::{check_for_proxy, check_protocols, for_upgrade};
