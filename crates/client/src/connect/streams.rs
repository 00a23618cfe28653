//! Steps one to three with streams that the caller opens: resolve, dial, TLS.

use super::opener::{Destination, Opener, TlsPeer};
use super::options::ConnectOptions;
use super::progress::Progress;
use super::{dial, resolve};
use crate::error::{Error, ErrorKind, Phase, RelayError, is_io_code, is_resolver_code};
use crate::transport::{Socket, Stream};
use std::io;
use std::net::SocketAddr;
use websocket_rs_protocol::target::Name;

/// Connects to a host, after its addresses have been found.
pub(super) async fn dial_host(
    opener: &dyn Opener,
    (host, port): (&Name, u16),
    options: &ConnectOptions,
    progress: &Progress,
    phase: Phase,
) -> Result<Socket, Error> {
    let addresses = if opener.takes_names() {
        Vec::new()
    } else {
        let found = resolve::resolve(host, port, options.family, options).await?;
        dial::reachable(found, options.local_address)?
    };
    progress.enter(phase);
    let addresses = addresses.iter().map(SocketAddr::ip).collect();
    dial(opener, Destination::Host(host.to_text(), port, addresses)).await
}

/// Connects to a destination.
pub(super) async fn dial(opener: &dyn Opener, destination: Destination) -> Result<Socket, Error> {
    match opener.dial(destination.clone()).await {
        Ok(stream) => Ok(Socket::relayed(stream)),
        Err(error) => Err(undialled(destination, error)),
    }
}

/// Runs the TLS handshake over a stream that the caller has opened.
pub(super) async fn secure(
    options: &ConnectOptions,
    stream: &Stream,
    (host, port): (&Name, u16),
    peer: TlsPeer,
) -> Result<(), Error> {
    let relay = stream.socket().relay().cloned();
    let Some((opener, relay)) = options.opener.as_ref().zip(relay) else {
        return Err(Error::new(Phase::Tls, ErrorKind::Internal));
    };
    opener
        .secure(&relay, host.to_text(), port, peer)
        .await
        .map_err(|error| {
            let kind = if is_io_code(&error.code) {
                ErrorKind::HandshakeLost(error.into())
            } else {
                ErrorKind::Tls {
                    code: error.code.into(),
                    message: error.message,
                }
            };
            Error::new(Phase::Tls, kind)
        })
}

fn undialled(destination: Destination, error: RelayError) -> Error {
    let is_of_resolver = is_resolver_code(&error.code);
    let source = io::Error::from(error);
    match destination {
        Destination::Host(host, ..) if is_of_resolver => {
            Error::new(Phase::Resolve, ErrorKind::Resolve { host, source })
        }
        Destination::Host(host, port, addresses) => {
            let address = if addresses.is_empty() {
                format!("{host}:{port}")
            } else {
                dial::named(
                    addresses
                        .into_iter()
                        .map(|address| SocketAddr::new(address, port)),
                )
            };
            Error::new(Phase::Dial, ErrorKind::Dial { address, source })
        }
        Destination::Unix(address) => Error::new(Phase::Dial, ErrorKind::Dial { address, source }),
    }
}
