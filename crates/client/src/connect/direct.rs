//! A connect that the caller's event loop drives, without a thread: plain TCP to an IP address, through no proxy.
//!
//! It has nothing to resolve and nothing to encrypt, so all its steps are system calls that do not block. Whatever takes
//! more, such as a response that refuses the upgrade, is passed on to Tokio. For Linux only, whose kernel says with the
//! first write whether TCP has connected.

use super::attempt::open_upgraded;
use super::dial;
use super::options::ConnectOptions;
use super::progress::Progress;
use super::response::{Head, HeadReader};
use super::upgrade::{EncodedRequest, RefusedUpgrade, lost, unread};
use super::{proxy, tls};
use crate::connection::Connection;
use crate::error::{Error, Phase};
use crate::transport::{Socket, Stream};
use std::io;
use std::net::SocketAddr;
use std::task::{Poll, ready};
use std::time::Instant;
use websocket_rs_protocol::target::Name;

/// A connect that has not ended. Dropping it closes its socket.
#[derive(Debug)]
pub struct DirectConnect {
    options: Box<ConnectOptions>,
    progress: Progress,
    address: SocketAddr,
    stream: Stream,
    request: EncodedRequest,
    /// Bytes of the request that were sent.
    sent: usize,
    /// Why the first write has failed; returned by the next poll.
    failed: Option<io::Error>,
    head: HeadReader,
}

/// What has become of the request: the response to it, or an error.
#[derive(Debug)]
pub struct DirectAnswer(Result<Head, Error>);

/// The socket of a failed connect, to be dropped after what watches it.
#[derive(Debug)]
pub struct UnusedSocket(#[allow(dead_code)] Option<Stream>);

/// How a [`DirectConnect`] has ended.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // Nearly always the large one, and moved twice.
pub enum DirectEnd {
    /// The connection is open.
    Opened(Connection),
    /// The connect has failed.
    Failed(Error, UnusedSocket),
    /// The server has refused the upgrade. [`finish_refused`](super::finish_refused) continues on Tokio.
    Refused(RefusedConnect),
}

/// A connect whose server has refused the upgrade.
#[derive(Debug)]
pub struct RefusedConnect {
    pub(super) options: Box<ConnectOptions>,
    pub(super) progress: Progress,
    pub(super) upgrade: Box<RefusedUpgrade>,
}

impl DirectConnect {
    /// Begins to connect, and sends the request if TCP connects at once. Returns the options if the connect has to run
    /// on Tokio, which also reports what is wrong with them.
    pub fn begin(options: Box<ConnectOptions>) -> Result<Self, Box<ConnectOptions>> {
        let Some(address) = address(&options) else {
            return Err(options);
        };
        let progress = Progress::new(options.connect_timeout);
        let Ok(request) = EncodedRequest::new(&options, &options.target, &options.headers) else {
            return Err(options);
        };
        let Ok(socket) = begin(address) else {
            return Err(options);
        };
        progress.enter(Phase::Dial);
        let mut connect = Self {
            options,
            progress,
            address,
            stream: Stream::Plain(Socket::open(socket)),
            request,
            sent: 0,
            failed: None,
            head: HeadReader::default(),
        };
        if let Poll::Ready(Err(error)) = connect.send() {
            connect.failed = Some(error);
        }
        Ok(connect)
    }

    /// Returns the socket to watch.
    pub fn socket(&self) -> Option<&socket2::Socket> {
        self.stream.socket().stream()
    }

    /// Whether to wait until the socket is writable, and not until it is readable.
    pub fn is_sending(&self) -> bool {
        self.sent < self.request.bytes.len()
    }

    /// Gives the connect up and returns its options.
    pub fn into_options(self) -> Box<ConnectOptions> {
        self.options
    }

    /// Returns when the connect has to end, or `None` without a deadline.
    pub fn deadline(&self) -> Option<Instant> {
        self.progress.deadline()
    }

    /// Returns the error of a connect whose deadline has passed.
    pub fn timeout(&self) -> Error {
        self.progress.timeout()
    }

    /// Sends and reads what the socket takes and has. Returns `Pending` until it is ready again.
    pub fn poll(&mut self) -> Poll<DirectAnswer> {
        self.poll_head().map(DirectAnswer)
    }

    /// Ends the connect with what [`DirectConnect::poll`] has returned.
    pub fn finish(self, DirectAnswer(answer): DirectAnswer) -> DirectEnd {
        let Self {
            options,
            progress,
            address,
            mut stream,
            request,
            ..
        } = self;
        let head = match answer {
            Ok(head) => head,
            Err(error) => return DirectEnd::Failed(error, UnusedSocket(Some(stream))),
        };
        stream.socket_mut().forget_handshake();
        match request.judge(&options.protocols, stream, head) {
            // Fails only for a socket that is closed already.
            Ok(upgraded) => match open_upgraded(&options, upgraded, peer(address)) {
                Ok(connection) => DirectEnd::Opened(connection),
                Err(error) => DirectEnd::Failed(error, UnusedSocket(None)),
            },
            Err(upgrade) => DirectEnd::Refused(RefusedConnect {
                options,
                progress,
                upgrade,
            }),
        }
    }

    fn poll_head(&mut self) -> Poll<Result<Head, Error>> {
        if self.is_sending() {
            ready!(self.send()).map_err(|error| self.unsent(error))?;
        }
        let socket = self.stream.socket_mut();
        socket.begin_turn(1);
        self.head.poll(|chunk| socket.poll_into(chunk)).map_err(unread)
    }

    /// Sends the rest of the request. The kernel accepts nothing before TCP has connected.
    fn send(&mut self) -> Poll<io::Result<()>> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Err(error));
        }
        while let Some(rest) = self
            .request
            .bytes
            .get(self.sent..)
            .filter(|rest| !rest.is_empty())
        {
            self.sent += ready!(self.stream.socket_mut().write(rest))?;
            self.progress.enter(Phase::Upgrade);
        }
        Poll::Ready(Ok(()))
    }

    /// Returns the error of a failed write: of TCP before the first byte, of the handshake after it.
    fn unsent(&self, error: io::Error) -> Error {
        if self.sent == 0 {
            dial::failed(&self.address.to_string(), error)
        } else {
            lost(error)
        }
    }
}

/// Returns the address to connect to, or `None` if connecting takes more than TCP and the upgrade.
fn address(options: &ConnectOptions) -> Option<SocketAddr> {
    let ConnectOptions { target, family, .. } = options;
    let Name::Address(ip) = target.host else {
        return None;
    };
    let is_plain = cfg!(target_os = "linux")
        && !target.secure
        && target.socket.is_none()
        && options.opener.is_none()
        && options.local_address.is_none()
        && family.takes(ip)
        && matches!(proxy::prepare(options, target), Ok(None))
        && tls::prepare("tls", false, &target.host, &options.tls).is_ok();
    is_plain.then(|| SocketAddr::new(ip, target.port))
}

/// Returns the address of the peer of a socket that has connected to `address`, or `None` if only the system knows it: the
/// unspecified address leads to the loopback interface.
fn peer(address: SocketAddr) -> Option<SocketAddr> {
    (!address.ip().to_canonical().is_unspecified()).then_some(address)
}

/// Begins to connect a non-blocking socket.
#[cfg(target_os = "linux")]
fn begin(address: SocketAddr) -> io::Result<socket2::Socket> {
    use socket2::{Domain, Protocol, Type};
    let kind = Type::STREAM.nonblocking();
    let socket = socket2::Socket::new(Domain::for_address(address), kind, Some(Protocol::TCP))?;
    // Frames are written whole, so waiting for an acknowledgement (Nagle's algorithm) only adds latency.
    socket.set_tcp_nodelay(true)?;
    match socket.connect(&address.into()) {
        Err(error) if error.raw_os_error() != Some(IN_PROGRESS) => Err(error),
        Ok(()) | Err(_) => Ok(socket),
    }
}

/// The error of a connect that continues without blocking.
#[cfg(target_os = "linux")]
const IN_PROGRESS: i32 = rustix::io::Errno::INPROGRESS.raw_os_error();

/// Fails: [`address`] finds none on this platform.
#[cfg(not(target_os = "linux"))]
fn begin(_address: SocketAddr) -> io::Result<socket2::Socket> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::peer;
    use std::net::SocketAddr;

    #[test]
    fn the_address_of_the_peer_is_known_unless_it_is_unspecified() {
        let peer_of = |address: &str| peer(address.parse::<SocketAddr>().unwrap());
        for address in ["127.0.0.1:80", "[::1]:80", "[::ffff:127.0.0.1]:80"] {
            assert_eq!(peer_of(address), address.parse().ok());
        }
        for address in ["0.0.0.0:80", "[::]:80", "[::ffff:0.0.0.0]:80"] {
            assert_eq!(peer_of(address), None);
        }
    }
}
