//! A tunnel by SOCKS: versions 4, 4a and 5 (RFC 1928, RFC 1929).

use crate::connect::resolve;
use crate::error::{Error, ProxyFailure};
use crate::io::Stream;
use crate::options::{ConnectOptions, Family};
use std::net::SocketAddr;
use tokio_socks::tcp::{Socks4Stream, Socks5Stream};
use tokio_socks::{Error as SocksError, TargetAddr};
use websocket_rs_protocol::proxy::{Credentials, Proxy, Scheme};
use websocket_rs_protocol::target::{Name, Target};

/// What the proxy is asked for; none where it does not speak SOCKS. What it is not to resolve is resolved here.
pub(super) async fn destination(
    scheme: Scheme,
    target: &Target,
    options: &ConnectOptions,
) -> Result<Option<TargetAddr<'static>>, Error> {
    let family = match scheme {
        Scheme::Http | Scheme::Https => return Ok(None),
        Scheme::Socks4 => Some(Family::V4),
        Scheme::Socks5 => Some(options.family),
        Scheme::Socks4a | Scheme::Socks5h => None,
    };
    let address = match (&target.host, family) {
        (Name::Address(address), _) => TargetAddr::Ip(SocketAddr::new(*address, target.port)),
        (Name::Domain(name), None) => TargetAddr::Domain(name.clone().into(), target.port),
        (host, family) => {
            let addresses = resolve::resolve(host, target.port, family.unwrap_or_default(), options).await?;
            // There is always one.
            let unnamed = || TargetAddr::Domain(host.to_text().into(), target.port);
            addresses
                .first()
                .map_or_else(unnamed, |first| TargetAddr::Ip(*first))
        }
    };
    Ok(Some(address))
}

pub(super) async fn connect(
    stream: &mut Stream,
    proxy: &Proxy,
    destination: TargetAddr<'static>,
) -> Result<(), ProxyFailure> {
    let is_old = matches!(proxy.scheme, Scheme::Socks4 | Scheme::Socks4a);
    let done = match (is_old, &proxy.credentials) {
        (true, None) => Socks4Stream::connect_with_socket(stream, destination)
            .await
            .map(drop),
        (true, Some(Credentials { username, .. })) => {
            Socks4Stream::connect_with_userid_and_socket(stream, destination, username)
                .await
                .map(drop)
        }
        (false, None) => Socks5Stream::connect_with_socket(stream, destination)
            .await
            .map(drop),
        (false, Some(Credentials { username, password })) => {
            Socks5Stream::connect_with_password_and_socket(stream, destination, username, password)
                .await
                .map(drop)
        }
    };
    done.map_err(failure)
}

/// The failure under the code that Node has for the like of it.
fn failure(error: SocksError) -> ProxyFailure {
    let code = match error {
        SocksError::Io(error) => return ProxyFailure::Lost(error),
        SocksError::NoAcceptableAuthMethods
        | SocksError::PasswordAuthFailure(_)
        | SocksError::InvalidAuthValues(_)
        | SocksError::AuthorizationRequired
        | SocksError::IdentdAuthFailure
        | SocksError::InvalidUserIdAuthFailure => return ProxyFailure::Credentials(error.to_string()),
        SocksError::ConnectionRefused => "ECONNREFUSED",
        SocksError::HostUnreachable | SocksError::ProxyServerUnreachable => "EHOSTUNREACH",
        SocksError::NetworkUnreachable => "ENETUNREACH",
        SocksError::TtlExpired => "ETIMEDOUT",
        SocksError::ConnectionNotAllowedByRuleset => "EACCES",
        SocksError::AddressTypeNotSupported | SocksError::InvalidTargetAddress(_) => "EAFNOSUPPORT",
        SocksError::GeneralSocksServerFailure | SocksError::UnknownError => "EIO",
        _ => "EPROTO",
    };
    ProxyFailure::Socks {
        code,
        message: error.to_string(),
    }
}
