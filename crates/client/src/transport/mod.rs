//! Bytes between the kernel and the frames: the socket, and TLS over it; or a stream that the caller carries.

mod async_io;
mod carrier;
mod read;
mod relay;
#[cfg(test)]
mod relay_tests;
mod socket;
mod stream;
mod tls_session;
mod write;

pub use relay::{Addresses, Relay, RelayStream, RelayWork};
pub(crate) use socket::Socket;
pub(crate) use stream::Stream;
pub use tls_session::TlsSession;
