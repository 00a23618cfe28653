//! The upgrade request (RFC 6455 section 4.1).

use crate::extensions::deflate::DeflateOffer;
use crate::headers::{Header, HeaderError, check_header, check_protocols, for_upgrade, holds, put_line};
use crate::target::Target;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The parts of an upgrade request.
#[derive(Debug, Clone)]
pub struct UpgradeRequest<'a> {
    /// The target of the request.
    pub target: &'a Target,
    /// Sixteen random bytes (section 4.1, item 7).
    pub nonce: [u8; 16],
    /// Subprotocols, the preferred one first.
    pub protocols: &'a [String],
    /// `Origin` header, if any.
    pub origin: Option<&'a str>,
    /// The offer of permessage-deflate, if any.
    pub deflate: Option<DeflateOffer>,
    /// The caller's headers, in their order. `Host` and `Authorization` among them replace those of the target.
    pub headers: &'a [Header],
}

impl UpgradeRequest<'_> {
    /// Returns the value of `Sec-WebSocket-Key`.
    pub fn key(&self) -> String {
        STANDARD.encode(self.nonce)
    }

    /// Encodes the request, or fails if the caller's input cannot be sent.
    pub fn to_bytes(&self) -> Result<Vec<u8>, HeaderError> {
        check_protocols(self.protocols)?;
        let mut out = format!("GET {} HTTP/1.1\r\n", self.target.resource).into_bytes();
        if !holds(self.headers, "host") {
            put_line(&mut out, "Host", &self.target.authority);
        }
        put_line(&mut out, "Upgrade", "websocket");
        put_line(&mut out, "Connection", "Upgrade");
        put_line(&mut out, "Sec-WebSocket-Key", &self.key());
        put_line(&mut out, "Sec-WebSocket-Version", "13");
        if !self.protocols.is_empty() {
            put_line(&mut out, "Sec-WebSocket-Protocol", &self.protocols.join(", "));
        }
        if let Some(offer) = self.deflate {
            put_line(&mut out, "Sec-WebSocket-Extensions", &offer.to_string());
        }
        self.add_optional(&mut out)?;
        out.extend_from_slice(b"\r\n");
        Ok(out)
    }

    fn add_optional(&self, out: &mut Vec<u8>) -> Result<(), HeaderError> {
        if let Some(origin) = self.origin {
            check_header("Origin", origin)?;
            put_line(out, "Origin", origin);
        }
        if let Some(credentials) = &self.target.authorization
            && !holds(self.headers, "authorization")
        {
            put_line(out, "Authorization", credentials);
        }
        for (name, value) in for_upgrade(self.headers, self.origin.is_some())? {
            put_line(out, name, value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request<'a>(target: &'a Target, protocols: &'a [String], headers: &'a [Header]) -> UpgradeRequest<'a> {
        UpgradeRequest {
            target,
            nonce: *b"the sample nonce",
            protocols,
            origin: Some("http://o"),
            deflate: None,
            headers,
        }
    }

    #[test]
    fn encodes_the_headers_of_section_4_1() {
        let target = Target::parse("ws://user:pw@example.com:81/chat?x=1").unwrap();
        let protocols = ["chat".to_owned(), "superchat".to_owned()];
        let headers = [("X-One".to_owned(), "1".to_owned())];
        let bytes = request(&target, &protocols, &headers).to_bytes().unwrap();
        let expected = "GET /chat?x=1 HTTP/1.1\r\nHost: example.com:81\r\nUpgrade: websocket\r\n\
            Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Protocol: chat, superchat\r\nOrigin: http://o\r\nAuthorization: Basic dXNlcjpwdw==\r\n\
            X-One: 1\r\n\r\n";
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }

    #[test]
    fn offers_permessage_deflate() {
        let target = Target::parse("ws://a/").unwrap();
        let offering = UpgradeRequest {
            deflate: Some(DeflateOffer::default()),
            ..request(&target, &[], &[])
        };
        let text = String::from_utf8(offering.to_bytes().unwrap()).unwrap();
        assert!(
            text.contains("\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n")
        );
    }

    #[test]
    fn headers_of_the_caller_replace_those_of_the_target() {
        let target = Target::parse("ws://user:pw@example.com/").unwrap();
        let headers = [
            ("host".into(), "other".into()),
            ("Authorization".into(), "Bearer t".into()),
        ];
        let bytes = request(&target, &[], &headers).to_bytes().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("host: other\r\n") && !text.contains("example.com"));
        assert!(text.contains("Bearer t") && !text.contains("Basic"));
    }

    #[test]
    fn rejects_duplicates_of_unique_headers() {
        let target = Target::parse("ws://a/").unwrap();
        let twice = |name: &str| {
            [
                (name.to_owned(), "a".to_owned()),
                (name.to_ascii_lowercase(), "b".to_owned()),
            ]
        };
        for name in ["Host", "Authorization", "Origin"] {
            assert!(request(&target, &[], &twice(name)).to_bytes().is_err(), "{name}");
        }
        assert!(request(&target, &[], &twice("Cookie")).to_bytes().is_ok());
        let headers = [("Origin".to_owned(), "b".to_owned())];
        let both = UpgradeRequest {
            origin: Some("a"),
            ..request(&target, &[], &headers)
        };
        assert_eq!(both.to_bytes(), Err(HeaderError::Duplicate("origin")));
    }

    #[test]
    fn rejects_reserved_headers() {
        let target = Target::parse("ws://a/").unwrap();
        let headers = [("Upgrade".into(), "x".into())];
        assert_eq!(
            request(&target, &[], &headers).to_bytes(),
            Err(HeaderError::Reserved {
                name: "Upgrade".into(),
                remedy: "it is always websocket"
            })
        );
    }

    #[test]
    fn omits_redundant_headers_and_encodes_latin_1() {
        let target = Target::parse("ws://a/").unwrap();
        let headers = [("connection", "Upgrade"), ("upgrade", "WebSocket"), ("X-A", "é")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let given = UpgradeRequest {
            origin: Some("http://é"),
            ..request(&target, &[], &headers)
        };
        let bytes = given.to_bytes().unwrap();
        assert!(bytes.ends_with(b"Version: 13\r\nOrigin: http://\xe9\r\nX-A: \xe9\r\n\r\n"));
        let far = UpgradeRequest {
            origin: Some("http://€"),
            ..request(&target, &[], &[])
        };
        assert_eq!(far.to_bytes(), Err(HeaderError::Encoding("Origin".into())));
    }
}
