//! TLS (RFC 8446) with rustls: for `wss:`, and for proxies of `https:`.

mod certificate;
mod diagnosis;
mod handshake;
mod identity;
mod key_log;
mod names;
mod option_error;
mod options;
mod parameters;
mod path;
mod pem;
mod support;
mod trust;
mod usage;
mod verifier;

pub(super) use handshake::{PreparedTls, check, failed, prepare, secure};
pub use options::TlsOptions;
pub use parameters::{Identity, TlsParameters};
pub use trust::Trust;
