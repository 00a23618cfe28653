//! Step three: TLS (RFC 8446) with rustls, for `wss:`, and for a proxy that wants it.

mod certificate;
mod diagnosis;
mod identity;
mod key_log;
mod names;
mod path;
mod pem;
mod reason;
mod support;
mod trust;
mod usage;
mod verifier;

pub(crate) use reason::Reason;
pub use trust::Trust;

use crate::error::{Error, ErrorKind, Phase};
use crate::io::Stream;
use crate::options::{TlsOptions, TlsParameters};
use rustls::{ClientConfig, SupportedProtocolVersion};
use rustls_pki_types::ServerName;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use websocket_rs_protocol::target::Name;

/// What WebSocket's opening handshake is spoken in (RFC 7301 section 6).
const HTTP_1_1: &[u8] = b"http/1.1";

/// What `wss:` needs, made before anything is opened.
pub(super) struct Prepared {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

/// What is wrong with an option, beginning with its name.
#[derive(Debug)]
struct Unusable(String);

impl Unusable {
    /// `option` is `tls` or the like.
    fn into_error(self, option: &str) -> Error {
        let text = format!("option {option}.{}", self.0);
        Error::new(Phase::Options, ErrorKind::TlsOption(text))
    }
}

/// Prepares TLS to a host where it is wanted, as this option says.
pub(super) fn prepare(
    option: &str,
    wanted: bool,
    host: &Name,
    options: &TlsOptions,
) -> Result<Option<Prepared>, Error> {
    if !wanted {
        return check(option, options).map(|()| None);
    }
    let TlsOptions { trust, parameters } = options;
    let config = trust
        .config(parameters)
        .map_err(|unusable| unusable.into_error(option))?;
    let name = match parameters.server_name.as_deref() {
        None | Some("") => host_name(host)?,
        Some(given) => given_name(given).map_err(|unusable| unusable.into_error(option))?,
    };
    Ok(Some(Prepared { config, name }))
}

/// What was given is checked where there is no TLS as well: a mistake in options that several URLs share is not to
/// wait for the first `wss:`.
pub(super) fn check(option: &str, options: &TlsOptions) -> Result<(), Error> {
    let TlsOptions { trust, parameters } = options;
    let name = parameters.server_name.as_deref().filter(|name| !name.is_empty());
    trust
        .check(parameters)
        .and_then(|()| name.map_or(Ok(()), |name| given_name(name).map(drop)))
        .map_err(|unusable| unusable.into_error(option))
}

/// Runs the TLS handshake where it was prepared.
pub(super) async fn secure(stream: Stream, prepared: Option<Prepared>) -> Result<Stream, Error> {
    let Some(Prepared { config, name }) = prepared else {
        return Ok(stream);
    };
    let stream = TlsConnector::from(config)
        .connect(name, stream)
        .await
        .map_err(|error| failed(Phase::Tls, error))?;
    match stream.get_ref().1.alpn_protocol() {
        None | Some(HTTP_1_1) => Ok(Stream::Tls(Box::new(stream))),
        Some(other) => Err(other_protocol(&String::from_utf8_lossy(other))),
    }
}

/// The name the certificate has to be of, where the caller gives one.
fn given_name(given: &str) -> Result<ServerName<'static>, Unusable> {
    ServerName::try_from(given.to_owned()).map_err(|error| Unusable(format!("servername: {error}")))
}

/// The same where it is the host's.
fn host_name(host: &Name) -> Result<ServerName<'static>, Error> {
    let name = match host {
        Name::Address(address) => return Ok(ServerName::IpAddress((*address).into())),
        Name::Scoped(address, _) => return Ok(ServerName::IpAddress(IpAddr::from(*address).into())),
        Name::Domain(name) => name.clone(),
    };
    ServerName::try_from(name).map_err(|error| {
        let kind = ErrorKind::Tls {
            code: "ERR_TLS_CERT_ALTNAME_INVALID",
            message: error.to_string(),
        };
        Error::new(Phase::Tls, kind)
    })
}

fn other_protocol(name: &str) -> Error {
    let kind = ErrorKind::Tls {
        code: "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
        message: format!("the server chose {name}, but WebSocket is spoken over http/1.1"),
    };
    Error::new(Phase::Tls, kind)
}

fn versions(parameters: &TlsParameters) -> Vec<&'static SupportedProtocolVersion> {
    let offered = [
        (parameters.tls13, &rustls::version::TLS13),
        (parameters.tls12, &rustls::version::TLS12),
    ];
    offered
        .into_iter()
        .filter_map(|(wanted, version)| wanted.then_some(version))
        .collect()
}

/// What went wrong under TLS: its own failures by their codes, anything else as a lost connection.
pub(super) fn failed(phase: Phase, error: io::Error) -> Error {
    let kind = match Reason::of(&error) {
        Some(Reason { code, message }) => ErrorKind::Tls { code, message },
        None => ErrorKind::HandshakeLost(error),
    };
    Error::new(phase, kind)
}
