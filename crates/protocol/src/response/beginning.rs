//! The first bytes of a response, for errors about one that is not HTTP or incomplete.

use std::fmt::{self, Write as _};

/// Most bytes that an error shows.
const SHOWN: usize = 64;

/// Size of a frame header of HTTP/2 (RFC 9113 section 4.1).
const HTTP2_HEADER: usize = 9;

/// The first bytes of a response. `Display` quotes and escapes them, and names the protocol they look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning {
    bytes: Vec<u8>,
    is_cut: bool,
}

impl Beginning {
    /// Takes the first of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.get(..SHOWN).unwrap_or(bytes).to_vec(),
            is_cut: bytes.len() > SHOWN,
        }
    }

    /// Returns the protocol that the bytes look like, if it is TLS or HTTP/2.
    fn protocol(&self) -> Option<&'static str> {
        match self.bytes.as_slice() {
            // Content type and version of a record (RFC 8446 section 5.1).
            [20..=23, 3, 0..=4, ..] => Some("TLS"),
            // A server's connection preface is a SETTINGS frame on stream 0 (RFC 9113 section 3.4).
            [0, _, _, 4, _, 0, 0, 0, 0, ..] if self.bytes.len() >= HTTP2_HEADER => Some("HTTP/2"),
            _ => None,
        }
    }
}

impl fmt::Display for Beginning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.bytes.escape_ascii())?;
        if self.is_cut {
            f.write_char('…')?;
        }
        match self.protocol() {
            Some(protocol) => write!(f, ", which looks like {protocol}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_bounds_bytes() {
        assert_eq!(
            Beginning::of(b"SSH-2.0\r\n\x00\xff").to_string(),
            r#""SSH-2.0\r\n\x00\xff""#
        );
        let long = Beginning::of(&[b'a'; 100]).to_string();
        assert_eq!(long, format!("\"{}\"…", "a".repeat(SHOWN)));
        assert_eq!(Beginning::of(b"\xff").to_string(), r#""\xff""#);
    }

    #[test]
    fn names_other_protocols() {
        for (bytes, suffix) in [
            (&b"\x15\x03\x01\x00\x02\x02\x46"[..], ", which looks like TLS"),
            (
                b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80",
                ", which looks like HTTP/2",
            ),
        ] {
            assert!(Beginning::of(bytes).to_string().ends_with(suffix), "{bytes:?}");
        }
        for bytes in [
            &b"\x15"[..],
            b"\x15\x30\x01",
            b"\0\0\0\x04\0\0\0\0",
            b"HTTP/2 101",
        ] {
            assert!(Beginning::of(bytes).to_string().ends_with('"'), "{bytes:?}");
        }
    }
}
