//! The header and token grammar that the opening handshake needs (RFC 9110 section 5, RFC 6455 section 4).

/// A header as it goes on the wire: the name as the caller wrote it, and its value.
pub type Header = (String, String);

/// Request headers the handshake sets itself. A caller who sends one would contradict it.
const RESERVED: [&str; 8] = [
    "connection",
    "content-length",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "transfer-encoding",
    "upgrade",
];

/// Headers of which a request has one at the most.
const SINGLE: [&str; 3] = ["host", "origin", "authorization"];

/// Why a request header or a subprotocol cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The name is not a token.
    #[error("header name {0:?} is not a token (RFC 9110 section 5.6.2)")]
    Name(String),
    /// The value holds a control character.
    #[error("the value of header {0:?} holds a control character (RFC 9110 section 5.5)")]
    Value(String),
    /// The handshake sets this header itself.
    #[error("header {0:?} belongs to the handshake and cannot be set")]
    Reserved(String),
    /// A header that has one value has two.
    #[error("header {0:?} is given twice (RFC 9110 section 5.3)")]
    Duplicate(&'static str),
    /// A subprotocol is not a token.
    #[error("subprotocol {0:?} is not a token (RFC 6455 section 4.1)")]
    Protocol(String),
    /// A subprotocol was asked for twice.
    #[error("subprotocol {0:?} is asked for twice (RFC 6455 section 4.1)")]
    DuplicateProtocol(String),
}

/// Says whether `text` is a token of RFC 9110 section 5.6.2.
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Checks one request header of the caller.
pub fn check_header(name: &str, value: &str) -> Result<(), HeaderError> {
    if !is_token(name) {
        return Err(HeaderError::Name(name.to_owned()));
    }
    if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(HeaderError::Reserved(name.to_owned()));
    }
    // Header values travel as Latin-1 or UTF-8; only what could end the line is refused.
    if value
        .bytes()
        .any(|byte| (byte < 0x20 && byte != b'\t') || byte == 0x7f)
    {
        return Err(HeaderError::Value(name.to_owned()));
    }
    Ok(())
}

/// Checks that none of the names is there twice that may be there once.
pub fn check_single<'a>(names: &(impl Iterator<Item = &'a str> + Clone)) -> Result<(), HeaderError> {
    let is_twice = |single: &&str| {
        names
            .clone()
            .filter(|name| name.eq_ignore_ascii_case(single))
            .count()
            > 1
    };
    match SINGLE.into_iter().find(is_twice) {
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

/// Says whether the comma-separated list in `value` holds `token`, in any letter case.
pub fn list_holds(value: &str, token: &str) -> bool {
    value
        .split(',')
        .any(|item| item.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_injection_is_refused() {
        for value in ["a\r\nEvil: 1", "a\nb", "a\0b", "\u{7f}"] {
            assert_eq!(check_header("X-A", value), Err(HeaderError::Value("X-A".into())));
        }
        for name in ["", "X A", "X:A", "X\r\n", "Ü"] {
            assert_eq!(check_header(name, "v"), Err(HeaderError::Name(name.into())));
        }
        assert_eq!(check_header("X-A", "tab\tand ümlaut"), Ok(()));
    }

    #[test]
    fn handshake_headers_are_refused_in_any_case() {
        assert_eq!(
            check_header("UPGRADE", "h2c"),
            Err(HeaderError::Reserved("UPGRADE".into()))
        );
        assert_eq!(check_header("Host", "example.com"), Ok(()));
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

    #[test]
    fn a_list_is_searched_item_by_item() {
        assert!(list_holds("keep-alive,  UPGRADE", "upgrade"));
        assert!(!list_holds("upgraded", "upgrade"));
    }
}
