//! A tunnel by SOCKS: versions 4, 4a and 5 (RFC 1928, RFC 1929).

mod first_byte;

use crate::connect::lookup::Family;
use crate::connect::options::ConnectOptions;
use crate::connect::resolve;
use crate::error::{Error, ProxyFailure};
use crate::transport::Stream;
use first_byte::{FirstByteChecked, NotSocks};
use std::io;
use std::net::SocketAddr;
use tokio_socks::tcp::{Socks4Stream, Socks5Stream};
use tokio_socks::{Error as SocksError, TargetAddr};
use websocket_rs_protocol::proxy::{Credentials, Proxy, Scheme};
use websocket_rs_protocol::target::{Name, Target};

/// Longest name in the DNS (RFC 1035 section 2.3.4). SOCKS has one byte for the length, so a longer name would be
/// truncated, and its rest be read as bytes that follow the request.
const MAX_NAME: usize = 253;
/// Longest user ID of SOCKS4. The buffer of tokio-socks has 513 bytes, and must hold the longest name, too.
const MAX_USER_ID: usize = 250;
/// Longest user name and password of SOCKS5 (RFC 1929).
const MAX_CREDENTIAL: usize = 255;

/// Returns why a proxy of SOCKS cannot connect to a target, if it cannot.
pub(super) fn limit(proxy: &Proxy, target: &Target, family: Family) -> Option<&'static str> {
    let is_named = matches!(proxy.scheme, Scheme::Socks4a | Scheme::Socks5h);
    if is_named && matches!(&target.host, Name::Domain(name) if name.len() > MAX_NAME) {
        return Some("SOCKS carries host names of at most 253 bytes");
    }
    match (proxy.scheme, &proxy.credentials) {
        (Scheme::Socks4, _) if family == Family::V6 => Some("SOCKS4 carries IPv4 addresses only"),
        (Scheme::Http | Scheme::Https, _) | (_, None) => None,
        (Scheme::Socks4 | Scheme::Socks4a, Some(Credentials { username, .. })) => {
            let fits = username.len() <= MAX_USER_ID && !username.contains('\0');
            (!fits).then_some("SOCKS4 carries a user name of at most 250 bytes without NUL")
        }
        (Scheme::Socks5 | Scheme::Socks5h, Some(Credentials { username, password })) => {
            let fits = |text: &str| (1..=MAX_CREDENTIAL).contains(&text.len());
            (!fits(username) || !fits(password))
                .then_some("SOCKS5 carries a user name and a password, of 1 to 255 bytes each")
        }
    }
}

/// Returns the destination for a proxy of SOCKS, or `None` for another proxy. Resolves the name unless the proxy does.
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
            // `resolve` returns at least one address.
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
    // A response of SOCKS4 begins with version 0.
    let stream = FirstByteChecked::new(stream, if is_old { 0 } else { 5 });
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

fn is_other_protocol(error: &io::Error) -> bool {
    let inner = error.get_ref();
    inner.and_then(|inner| inner.downcast_ref::<NotSocks>()).is_some()
}

/// Converts an error, with the code that Node uses for the same condition.
fn failure(error: SocksError) -> ProxyFailure {
    let code = match error {
        SocksError::Io(ref error) if is_other_protocol(error) => "EPROTO",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::dial::dial;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    fn limit_of(proxy: &str, host: &str) -> Option<&'static str> {
        let target = Target::parse(&format!("ws://{host}/")).unwrap();
        limit(&Proxy::parse(proxy).unwrap(), &target, Family::Any)
    }

    fn name(length: usize) -> String {
        format!("{}.", "a".repeat(60))
            .repeat(9)
            .chars()
            .take(length - 1)
            .chain(['b'])
            .collect()
    }

    #[test]
    fn rejects_names_and_credentials_that_socks_cannot_carry() {
        let user = |length| "u".repeat(length);
        for (proxy, host) in [
            ("socks4a://p".to_owned(), name(254)),
            ("socks5h://p".to_owned(), name(268)),
            ("socks5h://p".to_owned(), name(512)),
            (format!("socks4://{}@p", user(251)), name(5)),
            ("socks4a://u%00v@p".to_owned(), name(5)),
            (format!("socks5://{}:p@p", user(256)), name(5)),
            (format!("socks5://u:{}@p", user(256)), name(5)),
            ("socks5://u@p".to_owned(), name(5)),
            ("socks5h://:p@p".to_owned(), name(5)),
        ] {
            assert!(limit_of(&proxy, &host).is_some(), "{proxy} {host}");
        }
        for (proxy, host) in [
            ("http://u@p".to_owned(), name(300)),
            ("socks4://p".to_owned(), name(300)),
            (format!("socks4a://{}@p", user(250)), name(253)),
            (format!("socks5h://{0}:{0}@p", user(255)), name(253)),
        ] {
            assert_eq!(limit_of(&proxy, &host), None, "{proxy} {host}");
        }
    }

    /// Returns what is sent to a proxy that sends `response` and closes its side.
    async fn sent_to(proxy: &str, response: &[u8], destination: TargetAddr<'static>) -> Vec<u8> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = dial(vec![listener.local_addr().unwrap()], None).await.unwrap();
        let (mut peer, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut peer, response)
            .await
            .unwrap();
        let mut stream = Stream::Plain(socket);
        let proxy = Proxy::parse(proxy).unwrap();
        let asking = tokio::spawn(async move { connect(&mut stream, &proxy, destination).await });
        tokio::io::AsyncWriteExt::shutdown(&mut peer).await.unwrap();
        let mut bytes = Vec::new();
        peer.read_to_end(&mut bytes).await.unwrap();
        assert!(asking.await.unwrap().is_err());
        bytes
    }

    #[tokio::test]
    async fn sends_the_longest_name_and_user_completely() {
        let (user, host) = ("u".repeat(MAX_USER_ID), name(MAX_NAME));
        let destination = || TargetAddr::Domain(host.clone().into(), 80);
        let bytes = sent_to(&format!("socks4a://{user}@p"), &[], destination()).await;
        let expected = [
            b"\x04\x01\0\x50\0\0\0\x01",
            user.as_bytes(),
            b"\0",
            host.as_bytes(),
            b"\0",
        ]
        .concat();
        assert_eq!(bytes, expected);
        let bytes = sent_to("socks5h://p", &[5, 0], destination()).await;
        let expected = [b"\x05\x01\0\x05\x01\0\x03\xfd", host.as_bytes(), b"\0\x50"].concat();
        assert_eq!(bytes, expected);
    }
}
