//! Which headers and subprotocols a caller may add to a request: the upgrade, or CONNECT for a tunnel.

use super::error::HeaderError;
use super::field::{Header, check_header, is_token};

/// Request headers that belong to the handshake, and what to do about one.
const RESERVED: [(&str, &str); 8] = [
    ("connection", "it is always Upgrade"),
    ("content-length", "the request has no body"),
    ("sec-websocket-extensions", "see the option compression"),
    ("sec-websocket-key", "it is made anew for each connection"),
    ("sec-websocket-protocol", "use the option protocols"),
    ("sec-websocket-version", "it is always 13"),
    ("transfer-encoding", "the request has no body"),
    ("upgrade", "it is always websocket"),
];

/// The same in a request for a tunnel, which is no handshake and has no body.
const RESERVED_FOR_PROXY: [(&str, &str); 7] = [
    ("content-length", "the request has no body"),
    ("sec-websocket-extensions", "it is for the server"),
    ("sec-websocket-key", "it is for the server"),
    ("sec-websocket-protocol", "it is for the server"),
    ("sec-websocket-version", "it is for the server"),
    ("transfer-encoding", "the request has no body"),
    ("upgrade", "it is for the server"),
];

/// Headers of which a request has one at the most.
const SINGLE: [&str; 3] = ["host", "origin", "authorization"];

/// The same in a request for a tunnel.
const SINGLE_FOR_PROXY: [&str; 2] = ["host", "proxy-authorization"];

/// Checks the headers of the caller for the upgrade, and gives those that are to be sent: the handshake's own may be
/// among them if they say what it says anyway.
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

/// Checks the headers of the caller for a tunnel.
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

/// Whether a header says just what the handshake does, or, as `Connection: keep-alive`, what HTTP/1.1 does anyway.
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

/// Checks that none of the names is there twice that may be there once.
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

/// Checks the subprotocols the caller offers: tokens, none of them twice.
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
    fn headers_that_say_what_the_handshake_says_are_left_out() {
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
    fn headers_of_the_handshake_are_refused_with_what_to_use() {
        for (name, value, remedy) in [
            ("UPGRADE", "h2c", "it is always websocket"),
            ("Upgrade", "websocket, h2c", "it is always websocket"),
            ("Connection", "close", "it is always Upgrade"),
            ("Connection", "", "it is always Upgrade"),
            ("Sec-WebSocket-Version", "8", "it is always 13"),
            ("sec-websocket-protocol", "chat", "use the option protocols"),
            ("Sec-WebSocket-Extensions", "x", "see the option compression"),
            ("Sec-WebSocket-Key", "x", "it is made anew for each connection"),
            ("Content-Length", "0", "the request has no body"),
        ] {
            let name = name.to_owned();
            let refused = sent(&name, value);
            assert_eq!(refused, Err(HeaderError::Reserved { name, remedy }));
        }
    }

    #[test]
    fn a_request_for_a_tunnel_has_rules_of_its_own() {
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
    fn subprotocols_are_unique_tokens() {
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
