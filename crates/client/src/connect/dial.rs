//! Step two: a TCP connection to the first address that answers (happy eyeballs, RFC 8305), or a Unix socket.

use crate::error::{Error, ErrorKind, Phase};
use crate::transport::Socket;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// RFC 8305 section 5: how long an attempt runs alone before the next address is tried beside it.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Addresses an error names.
const NAMED: usize = 8;

/// Tries the addresses in their order, each beginning when the one before has failed or has been
/// silent for [`ATTEMPT_DELAY`]; the first connection wins and the others are dropped.
pub(super) async fn dial(addresses: Vec<SocketAddr>, local: Option<IpAddr>) -> Result<Socket, Error> {
    let is_reachable = |address: &SocketAddr| local.is_none_or(|local| local.is_ipv4() == address.is_ipv4());
    let mut waiting = addresses.into_iter().filter(is_reachable).peekable();
    if waiting.peek().is_none() {
        let useless = "the host has no address of localAddress' family";
        return Err(failed(
            "any address",
            io::Error::new(io::ErrorKind::InvalidInput, useless),
        ));
    }
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

/// Connects to a Unix socket.
#[cfg(unix)]
pub(super) async fn dial_unix(path: &str) -> Result<Socket, Error> {
    match UnixStream::connect(path).await {
        Ok(stream) => Ok(Socket::unix(stream)),
        Err(error) => Err(failed(path, error)),
    }
}

/// Says that there are none.
#[cfg(not(unix))]
pub(super) async fn dial_unix(path: &str) -> Result<Socket, Error> {
    let missing = io::Error::new(io::ErrorKind::Unsupported, "Unix sockets are for Unix");
    Err(failed(path, missing))
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
    // A frame is written whole; waiting for an acknowledgement before the next only adds latency.
    socket.set_nodelay(true)?;
    if let Some(local) = local {
        socket.bind(SocketAddr::new(local, 0))?;
    }
    socket.connect(address).await
}

/// One error for all addresses, of which some are named; the first failure is the cause, as the first address is the
/// favourite.
fn summary(failures: Vec<(SocketAddr, io::Error)>) -> Error {
    let named = failures
        .iter()
        .take(NAMED)
        .map(|(address, _)| address.to_string());
    let more = failures.len().saturating_sub(NAMED);
    let rest = (more > 0).then(|| format!("{more} more"));
    let tried = named.chain(rest).collect::<Vec<_>>().join(", ");
    let cause = failures
        .into_iter()
        .next()
        .map_or_else(|| io::Error::other("no address to try"), |(_, error)| error);
    failed(&tried, cause)
}

fn failed(address: &str, source: io::Error) -> Error {
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
    async fn a_refused_address_gives_way_to_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let live = listener.local_addr().unwrap();
        let dead = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let mut socket = dial(vec![dead, live], None).await.unwrap();
        socket.adopt().unwrap();
        assert_eq!(socket.addresses().unwrap().1, live);
    }

    #[tokio::test]
    async fn all_addresses_refused_is_one_error_that_names_them() {
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
    async fn a_leading_nul_is_a_name_in_the_abstract_namespace() {
        use std::os::linux::net::SocketAddrExt as _;
        use std::os::unix::net::{SocketAddr, UnixListener};
        let name = format!("websocket-rs-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let listener = UnixListener::bind_addr(&address).unwrap();
        dial_unix(&format!("\0{name}")).await.unwrap();
        listener.accept().unwrap();
    }
}
