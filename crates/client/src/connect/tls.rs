//! Step three: TLS (RFC 8446) with rustls, for `wss:` only.

mod node_codes;
mod trust;

pub use trust::Trust;

use crate::error::{Error, ErrorKind, Phase};
use crate::io::Stream;
use crate::options::TlsOptions;
use crate::socket::Socket;
use rustls_pki_types::ServerName;
use std::io;
use tokio_rustls::TlsConnector;
use websocket_rs_protocol::target::{Name, Target};

/// Runs the TLS handshake where the target wants one.
pub(super) async fn secure(socket: Socket, target: &Target, options: &TlsOptions) -> Result<Stream, Error> {
    if !target.secure {
        return Ok(Stream::Plain(socket));
    }
    let config = options.trust.config(options.reject_unauthorized)?;
    let name = server_name(&target.host)?;
    let stream = TlsConnector::from(config)
        .connect(name, socket)
        .await
        .map_err(failed)?;
    Ok(Stream::Tls(Box::new(stream)))
}

fn server_name(host: &Name) -> Result<ServerName<'static>, Error> {
    match host {
        Name::Address(address) => Ok(ServerName::IpAddress((*address).into())),
        Name::Domain(name) => ServerName::try_from(name.clone()).map_err(|error| {
            let kind = ErrorKind::Tls {
                code: "ERR_TLS_CERT_ALTNAME_INVALID",
                message: error.to_string(),
            };
            Error::new(Phase::Tls, kind)
        }),
    }
}

fn failed(error: io::Error) -> Error {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let kind = match tls {
        Some(inner) => ErrorKind::Tls {
            code: node_codes::code_for(inner),
            message: inner.to_string(),
        },
        None => ErrorKind::HandshakeLost(error),
    };
    Error::new(Phase::Tls, kind)
}
