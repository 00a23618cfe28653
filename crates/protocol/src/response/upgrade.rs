//! The checks of the upgrade response (RFC 6455 section 4.1).

use super::error::{HandshakeError, HeaderFault};
use super::head::Response;
use crate::extensions::agree;
use crate::extensions::deflate::{DeflateOffer, DeflateParameters};
use crate::headers::list_holds;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// The string that is appended to the key before it is hashed (RFC 6455 section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What the server accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The subprotocol that the server chose; empty if none was offered.
    pub protocol: String,
    /// What both sides have agreed on for permessage-deflate; `None` if it is not in use.
    pub deflate: Option<DeflateParameters>,
}

/// Most characters of a header's value that an error shows.
const SHOWN: usize = 100;

/// Checks the response to an upgrade request that was sent with `key`, `protocols` and an offer of permessage-deflate.
pub fn judge(
    response: &Response,
    key: &str,
    protocols: &[String],
    deflate: Option<DeflateOffer>,
) -> Result<Accepted, HandshakeError> {
    if response.status != 101 {
        return Err(HandshakeError::Status(response.status));
    }
    if response.minor_version != 1 {
        return Err(HandshakeError::Malformed("its version is HTTP/1.0".into()));
    }
    check_upgrade(response)?;
    check_connection(response)?;
    check_accept(response, key)?;
    Ok(Accepted {
        deflate: agree(response.values("sec-websocket-extensions"), deflate)?,
        protocol: chosen_protocol(response, protocols)?,
    })
}

fn check_upgrade(response: &Response) -> Result<(), HandshakeError> {
    match single(response, "upgrade") {
        Some(value) if value.eq_ignore_ascii_case("websocket") => Ok(()),
        _ => {
            let values = response.values("upgrade").map(brief).collect();
            Err(HandshakeError::Upgrade(Box::new(HeaderFault {
                name: "Upgrade",
                values,
                problem: "not \"websocket\"",
            })))
        }
    }
}

/// Checks the `Connection` header, a list that may be spread over several lines (RFC 9110 section 5.3).
fn check_connection(response: &Response) -> Result<(), HandshakeError> {
    let mut values = response.values("connection");
    if values.any(|value| list_holds(value, "upgrade")) {
        return Ok(());
    }
    let lines: Vec<&str> = response.values("connection").collect();
    let values = if lines.is_empty() {
        Vec::new()
    } else {
        vec![brief(&lines.join(", "))]
    };
    Err(HandshakeError::Connection(Box::new(HeaderFault {
        name: "Connection",
        values,
        problem: "without \"Upgrade\"",
    })))
}

fn check_accept(response: &Response, key: &str) -> Result<(), HandshakeError> {
    if single(response, "sec-websocket-accept") == Some(accept_for(key).as_str()) {
        return Ok(());
    }
    let values = response.values("sec-websocket-accept").map(brief).collect();
    Err(HandshakeError::Accept(Box::new(HeaderFault {
        name: "Sec-WebSocket-Accept",
        values,
        problem: "which does not match the key",
    })))
}

/// Shortens a value for an error: a header may have up to 16 KiB.
fn brief(value: &str) -> String {
    value.chars().take(SHOWN).collect()
}

/// Returns the value that proves that the server has read `key` (RFC 6455 section 4.2.2, item 5.4).
///
/// tungstenite's `derive_accept_key` does the same; this crate does not depend on tungstenite for one line.
fn accept_for(key: &str) -> String {
    STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

fn chosen_protocol(response: &Response, offered: &[String]) -> Result<String, HandshakeError> {
    let lines: Vec<&str> = response.values("sec-websocket-protocol").collect();
    match lines.as_slice() {
        [] if offered.is_empty() => Ok(String::new()),
        [] => Err(HandshakeError::NoProtocol),
        [value] if offered.iter().any(|protocol| protocol == value) => Ok((*value).to_owned()),
        [value] if !value.contains(',') => Err(HandshakeError::Protocol(brief(value))),
        _ => Err(HandshakeError::Protocols(brief(&lines.join(", ")))),
    }
}

/// Returns the value of a header that occurs exactly once.
fn single<'a>(response: &'a Response, name: &'a str) -> Option<&'a str> {
    let mut values = response.values(name);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extensions::ExtensionError;

    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    fn response(change: impl Fn(&mut Vec<(String, String)>)) -> Response {
        let mut headers = vec![
            ("Upgrade".to_owned(), "WebSocket".to_owned()),
            ("Connection".to_owned(), "keep-alive, Upgrade".to_owned()),
            (
                "Sec-WebSocket-Accept".to_owned(),
                "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_owned(),
            ),
        ];
        change(&mut headers);
        Response {
            minor_version: 1,
            status: 101,
            reason: String::new(),
            headers,
        }
    }

    fn with(name: &'static str, value: &'static str) -> Response {
        response(|headers| headers.push((name.into(), value.into())))
    }

    fn without(name: &'static str) -> Response {
        response(|headers| headers.retain(|(given, _)| given != name))
    }

    #[test]
    fn accepts_the_example_of_the_rfc() {
        assert_eq!(judge(&response(|_| ()), KEY, &[], None), Ok(Accepted::default()));
    }

    #[test]
    fn rejects_http_1_0() {
        let mut old = response(|_| ());
        old.minor_version = 0;
        assert!(matches!(
            judge(&old, KEY, &[], None),
            Err(HandshakeError::Malformed(_))
        ));
    }

    #[test]
    fn checks_each_header_of_section_4_1() {
        let replaced = |name: &'static str, value: &'static str| {
            response(|headers| {
                headers.retain(|(given, _)| given != name);
                headers.push((name.into(), value.into()));
            })
        };
        for (answer, message) in [
            (without("Upgrade"), "response has no Upgrade header"),
            (with("Upgrade", "websocket"), "response has 2 Upgrade headers"),
            (
                replaced("Upgrade", "h2c"),
                "Upgrade header of the response is \"h2c\", not \"websocket\"",
            ),
            (without("Connection"), "response has no Connection header"),
            (
                replaced("Connection", "close"),
                "Connection header of the response is \"close\", without \"Upgrade\"",
            ),
            (
                without("Sec-WebSocket-Accept"),
                "response has no Sec-WebSocket-Accept header",
            ),
            (
                with("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
                "response has 2 Sec-WebSocket-Accept headers",
            ),
            (
                replaced("Sec-WebSocket-Accept", "x"),
                "Sec-WebSocket-Accept header of the response is \"x\", which does not match the key",
            ),
        ] {
            let violation = judge(&answer, KEY, &[], None).unwrap_err();
            assert_eq!(violation.to_string(), format!("{message} (RFC 6455 section 4.1)"));
        }
        let two_lines = response(|headers| {
            headers.retain(|(name, _)| name != "Connection");
            for value in ["keep-alive", "upgrade"] {
                headers.push(("Connection".into(), value.into()));
            }
        });
        assert!(judge(&two_lines, KEY, &[], None).is_ok());
        let refused = Response {
            status: 401,
            ..response(|_| ())
        };
        assert_eq!(judge(&refused, KEY, &[], None), Err(HandshakeError::Status(401)));
    }

    #[test]
    fn rejects_an_extension_that_was_not_offered() {
        let answer = with("Sec-WebSocket-Extensions", "permessage-deflate");
        assert_eq!(
            judge(&answer, KEY, &[], None),
            Err(ExtensionError::NotOffered("permessage-deflate".into()).into())
        );
    }

    #[test]
    fn reads_all_lines_of_extensions() {
        let answer = response(|headers| {
            for value in ["", "permessage-deflate; server_max_window_bits=9"] {
                headers.push(("sec-websocket-extensions".into(), value.into()));
            }
        });
        let accepted = judge(&answer, KEY, &[], Some(DeflateOffer::default())).unwrap();
        assert_eq!(
            accepted.deflate.unwrap().to_string(),
            "permessage-deflate; server_max_window_bits=9"
        );
        assert_eq!(
            judge(&answer, KEY, &[], None),
            Err(ExtensionError::NotOffered("permessage-deflate".into()).into())
        );
        let declined = judge(&response(|_| ()), KEY, &[], Some(DeflateOffer::default()));
        assert_eq!(declined, Ok(Accepted::default()));
    }

    #[test]
    fn requires_one_of_the_offered_subprotocols() {
        let offered = ["chat".to_owned(), "echo".to_owned()];
        let chosen = judge(&with("Sec-WebSocket-Protocol", "echo"), KEY, &offered, None);
        assert_eq!(
            chosen,
            Ok(Accepted {
                protocol: "echo".into(),
                ..Accepted::default()
            })
        );
        let other = judge(&with("Sec-WebSocket-Protocol", "other"), KEY, &offered, None);
        assert_eq!(other, Err(HandshakeError::Protocol("other".into())));
        for answer in [
            with("Sec-WebSocket-Protocol", "chat, echo"),
            response(|headers| {
                for value in ["chat", "echo"] {
                    headers.push(("Sec-WebSocket-Protocol".into(), value.into()));
                }
            }),
        ] {
            let several = HandshakeError::Protocols("chat, echo".into());
            assert_eq!(judge(&answer, KEY, &offered, None), Err(several));
        }
        let unasked = judge(&with("Sec-WebSocket-Protocol", "echo"), KEY, &[], None);
        assert_eq!(unasked, Err(HandshakeError::Protocol("echo".into())));
        assert_eq!(
            judge(&response(|_| ()), KEY, &offered, None),
            Err(HandshakeError::NoProtocol)
        );
    }
}
