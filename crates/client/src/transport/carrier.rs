//! The operating system's socket: Tokio's while connecting, a driver's once the connection is open.

use super::relay::RelayStream;
use rustix::buffer::spare_capacity;
use rustix::net::{RecvFlags, recv};
use std::io::{self, IoSlice, Read, Write};
use std::task::Poll;
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

/// A socket and its owner.
#[derive(Debug)]
pub(super) enum Carrier {
    /// A TCP socket that Tokio polls, while connecting.
    Tcp(TcpStream),
    /// A Unix socket that Tokio polls, while connecting.
    #[cfg(unix)]
    Unix(UnixStream),
    /// A non-blocking socket that a driver polls, while open.
    Plain(socket2::Socket),
    /// A stream that the caller carries, for Tokio and for a driver.
    Relayed(RelayStream),
    /// No socket: it is closed.
    Closed,
}

impl Carrier {
    /// Takes the carrier out and leaves [`Carrier::Closed`].
    fn take(&mut self) -> Self {
        std::mem::replace(self, Self::Closed)
    }

    /// Takes the socket off Tokio, so that a driver can poll it.
    pub(super) fn adopt(&mut self) -> io::Result<()> {
        *self = match self.take() {
            Self::Tcp(stream) => Self::Plain(stream.into_std()?.into()),
            #[cfg(unix)]
            Self::Unix(stream) => Self::Plain(stream.into_std()?.into()),
            other => other,
        };
        Ok(())
    }

    /// Gives the socket back to Tokio. Must run on Tokio's thread.
    pub(super) fn release(&mut self) -> io::Result<()> {
        let socket = match self.take() {
            Self::Plain(socket) => socket,
            Self::Relayed(stream) => {
                stream.begin_reading();
                *self = Self::Relayed(stream);
                return Ok(());
            }
            _ => return Err(io::ErrorKind::NotConnected.into()),
        };
        *self = if socket.local_addr()?.as_socket().is_some() {
            Self::Tcp(TcpStream::from_std(socket.into())?)
        } else {
            release_unix(socket)?
        };
        Ok(())
    }

    /// Whether a driver can read and write.
    #[inline]
    pub(super) fn is_driven(&self) -> bool {
        matches!(self, Self::Plain(_) | Self::Relayed(_))
    }

    /// Returns the stream that the caller carries, if it is one.
    #[inline]
    pub(super) fn relayed(&self) -> Option<&RelayStream> {
        match self {
            Self::Relayed(stream) => Some(stream),
            _ => None,
        }
    }

    /// Reads once for a driver; 0 at the end of the stream.
    #[inline]
    pub(super) fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buf),
            Self::Relayed(stream) => stream.read(buf),
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Reads once into the spare capacity of `buf`, for a driver.
    pub(super) fn append(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => Ok(recv(&*socket, spare_capacity(buf), RecvFlags::empty())?.0),
            Self::Relayed(stream) => stream.append(buf),
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Writes once for a driver. Returns `Pending` if nothing is accepted.
    #[inline]
    pub(super) fn write(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(socket) => retry(|| socket.write(bytes)),
            Self::Relayed(stream) => retry(|| stream.write(bytes)),
            _ => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    /// Writes several parts once, as [`Carrier::write`].
    pub(super) fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(socket) => retry(|| socket.write_vectored(parts)),
            _ => self.write(
                parts
                    .iter()
                    .find(|part| !part.is_empty())
                    .map_or(&[], |part| part),
            ),
        }
    }
}

/// Writes until it is not interrupted. Returns `Pending` if nothing is accepted.
#[inline]
fn retry(mut write: impl FnMut() -> io::Result<usize>) -> Poll<io::Result<usize>> {
    loop {
        match write() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
            other => return Poll::Ready(other),
        }
    }
}

#[cfg(unix)]
fn release_unix(socket: socket2::Socket) -> io::Result<Carrier> {
    UnixStream::from_std(socket.into()).map(Carrier::Unix)
}

#[cfg(not(unix))]
fn release_unix(_socket: socket2::Socket) -> io::Result<Carrier> {
    Err(io::ErrorKind::Unsupported.into())
}
