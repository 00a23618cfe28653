//! Bytes between the kernel and the frames: the socket, and TLS over it.

mod async_io;
mod carrier;
mod read;
mod socket;
mod stream;
mod write;

pub(crate) use socket::Socket;
pub(crate) use stream::Stream;
