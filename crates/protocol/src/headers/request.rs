//! Which headers and subprotocols a caller may add to a request: the upgrade, or CONNECT for a tunnel.

use super::error::HeaderError;
use super::field::{Header, check_header, is_token};

/// Headers of the upgrade request that the handshake sets itself, and what to do instead of setting them.
const RESERVED: [(&str, &str); 8] = [
    ("connection", "it is always Upgrade"),
    ("content-length", "the request has no body"),
    ("sec-websocket-extensions", "see the option compression"),
    ("sec-websocket-key", "it is random for each connection"),
    ("sec-websocket-protocol", "use the option protocols"),
    ("sec-websocket-version", "it is always 13"),
    ("transfer-encoding", "the request has no body"),
    ("upgrade", "it is always websocket"),
];

/// The same for a CONNECT request, which is no handshake and has no body.
const RESERVED_FOR_PROXY: [(&str, &str); 7] = [
    ("content-length", "the request has no body"),
    ("sec-websocket-extensions", "it is for the server"),
    ("sec-websocket-key", "it is for the server"),
    ("sec-websocket-protocol", "it is for the server"),
    ("sec-websocket-version", "it is for the server"),
    ("transfer-encoding", "the request has no body"),
    ("upgrade", "it is for the server"),
];

/// Headers that an upgrade request has at most once.
const SINGLE: [&str; 3] = ["host", "origin", "authorization"];

/// Headers that a CONNECT request has at most once.
const SINGLE_FOR_PROXY: [&str; 2] = ["host", "proxy-authorization"];

/// Checks the caller's headers for the upgrade request. Returns those to send: a header of the handshake itself is
/// accepted and left out if its value is the handshake's.
pub fn for_upgrade(
    headers: &[Header],
    has_origin: bool,
) -> Result<impl Iterator<Item = &Header> + Clone, HeaderError> {
    let names = headers.iter().map(|(name, _)| name.as_str());
    check_single(&names.chain(has_origin.then_some("origin")), &SINGLE)?;
    for (name, value) in headers {
        check_header(name, value)?;
        if !is_redundant(name, value) {
            check_reserved(name, &RESERVED)?;
        }
    }
    Ok(headers.iter().filter(|(name, value)| !is_redundant(name, value)))
}

/// Checks the caller's headers for a CONNECT request.
pub fn check_for_proxy(headers: &[Header]) -> Result<(), HeaderError> {
    check_single(&headers.iter().map(|(name, _)| name.as_str()), &SINGLE_FOR_PROXY)?;
    headers.iter().try_for_each(|(name, value)| {
        check_header(name, value)?;
        check_reserved(name, &RESERVED_FOR_PROXY)
    })
}

fn check_reserved(name: &str, reserved: &[(&str, &'static str)]) -> Result<(), HeaderError> {
    match reserved.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)) {
        Some((_, remedy)) => Err(HeaderError::Reserved {
            name: name.to_owned(),
            remedy,
        }),
        None => Ok(()),
    }
}

/// Whether a header repeats what the handshake sends, or, like `Connection: keep-alive`, what HTTP/1.1 implies.
fn is_redundant(name: &str, value: &str) -> bool {
    let only = |items: &[&str]| {
        let mut listed = value
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .peekable();
        let is_some = listed.peek().is_some();
        is_some && listed.all(|item| items.iter().any(|known| known.eq_ignore_ascii_case(item)))
    };
    match name.to_ascii_lowercase().as_str() {
        "upgrade" => only(&["websocket"]),
        "connection" => only(&["upgrade", "keep-alive"]),
        "sec-websocket-version" => only(&["13"]),
        _ => false,
    }
}

/// Checks that none of the names in `single` occurs twice.
fn check_single<'a>(
    names: &(impl Iterator<Item = &'a str> + Clone),
    single: &[&'static str],
) -> Result<(), HeaderError> {
    let is_twice = |single: &&&str| {
        names
            .clone()
            .filter(|name| name.eq_ignore_ascii_case(single))
            .count()
            > 1
    };
    match single.iter().find(is_twice) {
        Some(name) => Err(HeaderError::Duplicate(name)),
        None => Ok(()),
    }
}

/// Checks the subprotocols that the caller offers: they must be tokens, and differ from each other.
pub fn check_protocols(protocols: &[String]) -> Result<(), HeaderError> {
    for (index, protocol) in protocols.iter().enumerate() {
        if !is_token(protocol) {
            return Err(HeaderError::Protocol(protocol.clone()));
        }
        if protocols.iter().take(index).any(|earlier| earlier == protocol) {
            return Err(HeaderError::DuplicateProtocol(protocol.clone()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(name: &str, value: &str) -> Result<usize, HeaderError> {
        for_upgrade(&[(name.into(), value.into())], false).map(Iterator::count)
    }

    #[test]
    fn leaves_out_headers_that_repeat_the_handshake() {
        for (name, value) in [
            ("Upgrade", "websocket"),
            ("UPGRADE", "WebSocket"),
            ("Connection", "Upgrade"),
            ("connection", "keep-alive, upgrade"),
            ("Connection", "Upgrade,"),
            ("Connection", "keep-alive"),
            ("Sec-WebSocket-Version", "13"),
        ] {
            assert_eq!(sent(name, value), Ok(0), "{name}: {value}");
        }
        assert_eq!(sent("Host", "example.com"), Ok(1));
    }

    #[test]
    fn rejects_headers_of_the_handshake_with_a_remedy() {
        for (name, value, remedy) in [
            ("UPGRADE", "h2c", "it is always websocket"),
            ("Upgrade", "websocket, h2c", "it is always websocket"),
            ("Connection", "close", "it is always Upgrade"),
            ("Connection", "", "it is always Upgrade"),
            ("Sec-WebSocket-Version", "8", "it is always 13"),
            ("sec-websocket-protocol", "chat", "use the option protocols"),
            ("Sec-WebSocket-Extensions", "x", "see the option compression"),
            ("Sec-WebSocket-Key", "x", "it is random for each connection"),
            ("Content-Length", "0", "the request has no body"),
        ] {
            let name = name.to_owned();
            let refused = sent(&name, value);
            assert_eq!(refused, Err(HeaderError::Reserved { name, remedy }));
        }
    }

    #[test]
    fn checks_headers_of_connect_requests() {
        let check = |name: &str| check_for_proxy(&[(name.into(), "x".into())]);
        for name in [
            "Host",
            "Proxy-Authorization",
            "Proxy-Connection",
            "Connection",
            "X-A",
        ] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for name in [
            "content-length",
            "Transfer-Encoding",
            "Upgrade",
            "Sec-WebSocket-Key",
        ] {
            assert!(matches!(check(name), Err(HeaderError::Reserved { .. })), "{name}");
        }
        let twice = ["Proxy-Authorization", "proxy-authorization"].map(|name| (name.into(), "x".into()));
        assert_eq!(
            check_for_proxy(&twice),
            Err(HeaderError::Duplicate("proxy-authorization"))
        );
        assert!(check_for_proxy(&[("X".into(), "a\nb".into())]).is_err());
    }

    #[test]
    fn requires_subprotocols_to_be_unique_tokens() {
        let list = |items: &[&str]| items.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(check_protocols(&list(&["chat", "Chat"])), Ok(()));
        assert_eq!(
            check_protocols(&list(&["chat", "chat"])),
            Err(HeaderError::DuplicateProtocol("chat".into()))
        );
        assert_eq!(
            check_protocols(&list(&["a,b"])),
            Err(HeaderError::Protocol("a,b".into()))
        );
    }
}
