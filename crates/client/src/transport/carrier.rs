//! The operating system's socket: Tokio's while connecting, a driver's once the connection is open.

use std::io;
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
        let Self::Plain(socket) = self.take() else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        *self = if socket.local_addr()?.as_socket().is_some() {
            Self::Tcp(TcpStream::from_std(socket.into())?)
        } else {
            release_unix(socket)?
        };
        Ok(())
    }

    /// Writes once to a driver's socket. Returns `Pending` if the kernel accepts nothing.
    pub(super) fn write(
        &mut self,
        mut write: impl FnMut(&mut socket2::Socket) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let Self::Plain(socket) = self else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        loop {
            match write(socket) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                other => return Poll::Ready(other),
            }
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
