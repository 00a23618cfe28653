//! Step two: connects to the first address that accepts (happy eyeballs, RFC 8305), or to a Unix socket.

use crate::error::{Error, ErrorKind, Phase};
use crate::transport::Socket;
#[cfg(not(unix))]
use std::future::{Ready, ready};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// How long an attempt runs before the next address is tried in parallel (RFC 8305 section 5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Most addresses that an error names.
const NAMED: usize = 8;

/// Tries the addresses in their order, each as soon as the one before has failed or [`ATTEMPT_DELAY`] has passed.
/// Returns the first connection and drops the others.
pub(super) async fn dial(addresses: Vec<SocketAddr>, local: Option<IpAddr>) -> Result<Socket, Error> {
    let mut waiting = reachable(addresses, local)?.into_iter().peekable();
    let mut attempts = JoinSet::new();
    let mut failures: Vec<(SocketAddr, io::Error)> = Vec::new();
    loop {
        if let Some(address) = waiting.next() {
            attempts.spawn(attempt(address, local));
        }
        let finished = tokio::select! {
            finished = attempts.join_next() => finished,
            () = sleep(ATTEMPT_DELAY), if waiting.peek().is_some() => continue,
        };
        match finished {
            Some(Ok((_, Ok(stream)))) => return Ok(Socket::tcp(stream)),
            Some(Ok((address, Err(error)))) => failures.push((address, error)),
            Some(Err(error)) => return Err(failed("an address", io::Error::other(error))),
            None => return Err(summary(failures)),
        }
    }
}

/// Returns the addresses that can be reached from the local one.
pub(super) fn reachable(
    mut addresses: Vec<SocketAddr>,
    local: Option<IpAddr>,
) -> Result<Vec<SocketAddr>, Error> {
    addresses.retain(|address| local.is_none_or(|local| local.is_ipv4() == address.is_ipv4()));
    if addresses.is_empty() {
        let mismatch = "the host has no address of the family of localAddress";
        return Err(failed(
            "any address",
            io::Error::new(io::ErrorKind::InvalidInput, mismatch),
        ));
    }
    Ok(addresses)
}

/// Connects to a Unix socket.
#[cfg(unix)]
pub(super) async fn dial_unix(path: &str) -> Result<Socket, Error> {
    match UnixStream::connect(path).await {
        Ok(stream) => Ok(Socket::unix(stream)),
        Err(error) => Err(failed(path, error)),
    }
}

/// Fails, because Tokio has no Unix sockets on this platform.
#[cfg(not(unix))]
pub(super) fn dial_unix(path: &str) -> Ready<Result<Socket, Error>> {
    let missing = io::Error::new(
        io::ErrorKind::Unsupported,
        "Unix sockets are not supported on this platform",
    );
    ready(Err(failed(path, missing)))
}

async fn attempt(address: SocketAddr, local: Option<IpAddr>) -> (SocketAddr, io::Result<TcpStream>) {
    (address, open(address, local).await)
}

async fn open(address: SocketAddr, local: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // Frames are written whole, so waiting for an acknowledgement (Nagle's algorithm) only adds latency.
    socket.set_nodelay(true)?;
    if let Some(local) = local {
        socket.bind(SocketAddr::new(local, 0))?;
    }
    socket.connect(address).await
}

/// Returns one error for all addresses, which names some of them. Its cause is the first failure, since the first
/// address is the preferred one.
fn summary(failures: Vec<(SocketAddr, io::Error)>) -> Error {
    let tried = named(failures.iter().map(|(address, _)| *address));
    let cause = failures
        .into_iter()
        .next()
        .map_or_else(|| io::Error::other("no address to try"), |(_, error)| error);
    failed(&tried, cause)
}

/// Returns a text that names some of the addresses.
pub(super) fn named(addresses: impl ExactSizeIterator<Item = SocketAddr>) -> String {
    let more = addresses.len().saturating_sub(NAMED);
    let rest = (more > 0).then(|| format!("{more} more"));
    let shown = addresses.take(NAMED).map(|address| address.to_string());
    shown.chain(rest).collect::<Vec<_>>().join(", ")
}

pub(super) fn failed(address: &str, source: io::Error) -> Error {
    Error::new(
        Phase::Dial,
        ErrorKind::Dial {
            address: address.to_owned(),
            source,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn tries_the_next_address_after_a_refusal() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let live = listener.local_addr().unwrap();
        let dead = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let mut socket = dial(vec![dead, live], None).await.unwrap();
        socket.adopt().unwrap();
        assert_eq!(socket.addresses(None).unwrap().1, live);
    }

    #[tokio::test]
    async fn returns_one_error_for_all_addresses() {
        let dead = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let error = dial(vec![dead], None).await.unwrap_err();
        assert_eq!(
            error.io_source().unwrap().kind(),
            io::ErrorKind::ConnectionRefused
        );
        assert!(error.to_string().contains(&dead.to_string()));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_leading_nul_means_the_abstract_namespace() {
        use std::os::linux::net::SocketAddrExt as _;
        use std::os::unix::net::{SocketAddr, UnixListener};
        let name = format!("websocket-rs-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let listener = UnixListener::bind_addr(&address).unwrap();
        dial_unix(&format!("\0{name}")).await.unwrap();
        listener.accept().unwrap();
    }
}
