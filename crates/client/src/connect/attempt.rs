//! One attempt to open a connection: resolve, dial, tunnel through a proxy, TLS, upgrade.

use super::lookup::Family;
use super::opener::{Destination, TlsPeer};
use super::options::ConnectOptions;
use super::progress::Progress;
use super::tls::TlsOptions;
use super::upgrade::UpgradedStream;
use super::{dial, proxy, resolve, streams, tls, upgrade};
use crate::compression::Compression;
use crate::connection::{Connection, Handshake};
use crate::error::{Error, ErrorKind, Phase};
use crate::framing::Framing;
use crate::transport::Stream;
use std::net::SocketAddr;
use websocket_rs_protocol::headers::Header;
use websocket_rs_protocol::target::Target;

/// Rejects options that have no meaning for a Unix socket.
fn check_socket(options: &ConnectOptions, target: &Target) -> Result<(), Error> {
    let unsupported = match (&target.socket, options.local_address, options.family) {
        (Some(_), Some(_), _) => "localAddress",
        (Some(_), None, Family::V4 | Family::V6) => "family",
        _ => return Ok(()),
    };
    Err(Error::new(Phase::Options, ErrorKind::NotForSocket(unsupported)))
}

/// Connects to the target directly.
async fn reach(options: &ConnectOptions, target: &Target, progress: &Progress) -> Result<Stream, Error> {
    let socket = if let Some(opener) = &options.opener {
        if let Some(path) = &target.socket {
            progress.enter(Phase::Dial);
            streams::dial(&**opener, Destination::Unix(path.clone())).await?
        } else {
            let host = (&target.host, target.port);
            streams::dial_host(&**opener, host, options, progress, Phase::Dial).await?
        }
    } else if let Some(path) = &target.socket {
        progress.enter(Phase::Dial);
        dial::dial_unix(path).await?
    } else {
        let addresses = resolve::resolve(&target.host, target.port, options.family, options).await?;
        progress.enter(Phase::Dial);
        dial::dial(addresses, options.local_address).await?
    };
    Ok(Stream::Plain(socket))
}

pub(super) async fn attempt(
    options: &ConnectOptions,
    target: &Target,
    headers: &[Header],
    tls_options: &TlsOptions,
    progress: &Progress,
) -> Result<Connection, Error> {
    progress.enter(Phase::Resolve);
    // Invalid options fail before anything is opened.
    check_socket(options, target)?;
    let request = upgrade::EncodedRequest::new(options, target, headers)?;
    let is_native = options.opener.is_none();
    let prepared = tls::prepare("tls", target.secure, &target.host, tls_options)?;
    let stream = match proxy::prepare(options, target)? {
        None => reach(options, target, progress).await?,
        Some(proxy) => {
            progress.enter(Phase::Proxy);
            proxy::tunnel(proxy, target, options, progress).await?
        }
    };
    progress.enter(Phase::Tls);
    let stream = tls::secure(stream, prepared.filter(|_| is_native)).await?;
    if target.secure && !is_native {
        streams::secure(options, &stream, (&target.host, target.port), TlsPeer::Target).await?;
    }
    progress.enter(Phase::Upgrade);
    let upgraded = upgrade::upgrade(stream, &request, options, progress).await?;
    open_upgraded(options, upgraded, None)
}

/// Makes the connection of a stream that has been upgraded. `remote` is the address of the peer, if it is known.
pub(super) fn open_upgraded(
    options: &ConnectOptions,
    upgraded: UpgradedStream,
    remote: Option<SocketAddr>,
) -> Result<Connection, Error> {
    let mut stream = upgraded.stream;
    stream
        .socket_mut()
        .adopt()
        .map_err(|error| Error::new(Phase::Upgrade, ErrorKind::HandshakeLost(error)))?;
    let compression = upgraded
        .deflate
        .zip(options.compression)
        .map(|(parameters, options)| Compression {
            parameters,
            settings: options.deflate,
        });
    let framing = Framing::new(stream, upgraded.tail, options.max_message_size, compression)
        .ok_or_else(|| Error::new(Phase::Upgrade, ErrorKind::Closing))?;
    let handshake = Handshake {
        protocol: upgraded.protocol,
        response_headers: upgraded.headers,
        addresses: framing.io().socket().addresses(remote),
    };
    Ok(Connection::new(
        framing,
        Some(Box::new(handshake)),
        options.keepalive,
        options.busy_poll,
    ))
}
