//! Step three: the TLS handshake (RFC 8446) with a server or an `https:` proxy.

use super::option_error::TlsOptionError;
use super::options::TlsOptions;
use crate::error::{Error, ErrorKind, Phase, RelayError, TlsFailure, relay_tls_failure};
use crate::transport::Stream;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use websocket_rs_protocol::target::Name;

/// The protocol of WebSocket's opening handshake (RFC 7301 section 6).
const HTTP_1_1: &[u8] = b"http/1.1";

/// The configuration of a TLS handshake, made before anything is opened.
pub(crate) struct PreparedTls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

/// Prepares TLS to a host if it is `wanted`, and checks the options in any case. `option` is the name of their group.
pub(crate) fn prepare(
    option: &str,
    wanted: bool,
    host: &Name,
    options: &TlsOptions,
) -> Result<Option<PreparedTls>, Error> {
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
    Ok(Some(PreparedTls { config, name }))
}

/// Checks the options although TLS is not used, so that a mistake in options that several URLs share does not appear
/// only with the first `wss:`.
pub(crate) fn check(option: &str, options: &TlsOptions) -> Result<(), Error> {
    let TlsOptions { trust, parameters } = options;
    let name = parameters.server_name.as_deref().filter(|name| !name.is_empty());
    trust
        .check(parameters)
        .and_then(|()| name.map_or(Ok(()), |name| given_name(name).map(drop)))
        .map_err(|unusable| unusable.into_error(option))
}

/// Runs the TLS handshake if it was prepared.
pub(crate) async fn secure(stream: Stream, prepared: Option<PreparedTls>) -> Result<Stream, Error> {
    let Some(PreparedTls { config, name }) = prepared else {
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

/// Parses the name that the caller has given for the server.
fn given_name(given: &str) -> Result<ServerName<'static>, TlsOptionError> {
    ServerName::try_from(given.to_owned()).map_err(|error| TlsOptionError(format!("servername: {error}")))
}

/// Returns the name of the host for the check of its certificate.
fn host_name(host: &Name) -> Result<ServerName<'static>, Error> {
    let name = match host {
        Name::Address(address) => return Ok(ServerName::IpAddress((*address).into())),
        Name::Scoped(address, _) => return Ok(ServerName::IpAddress(IpAddr::from(*address).into())),
        Name::Domain(name) => name.clone(),
    };
    ServerName::try_from(name).map_err(|error| {
        let kind = ErrorKind::Tls {
            code: "ERR_TLS_CERT_ALTNAME_INVALID".into(),
            message: error.to_string(),
        };
        Error::new(Phase::Tls, kind)
    })
}

fn other_protocol(name: &str) -> Error {
    let kind = ErrorKind::Tls {
        code: "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL".into(),
        message: format!("the server chose the protocol {name}, but WebSocket requires http/1.1"),
    };
    Error::new(Phase::Tls, kind)
}

/// Converts an I/O error under TLS: a TLS failure with its code, any other error as a lost connection.
pub(crate) fn failed(phase: Phase, error: io::Error) -> Error {
    let kind = match TlsFailure::of(&error) {
        Some(TlsFailure { code, message }) => ErrorKind::Tls {
            code: code.into(),
            message,
        },
        None => match relay_tls_failure(&error) {
            Some(RelayError { code, message }) => ErrorKind::Tls {
                code: code.clone().into(),
                message: message.clone(),
            },
            None => ErrorKind::HandshakeLost(error),
        },
    };
    Error::new(phase, kind)
}
