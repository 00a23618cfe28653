//! What a TLS handshake has agreed on.

use rustls::{ClientConnection, HandshakeKind, ProtocolVersion};

/// The TLS session of a connection (RFC 8446, RFC 5246).
#[derive(Clone, Debug)]
pub struct TlsSession {
    /// The version, as OpenSSL names it: `TLSv1.2` or `TLSv1.3`.
    pub protocol: &'static str,
    /// The name of the cipher suite in the registry of IANA.
    pub cipher_suite: String,
    /// The protocol chosen by ALPN (RFC 7301).
    pub alpn: Option<String>,
    /// Whether the session is one that an earlier connection has opened.
    pub is_resumed: bool,
    /// The certificates of the server in DER, its own first.
    pub certificates: Vec<Vec<u8>>,
}

impl TlsSession {
    /// Describes the session of an open connection.
    pub(super) fn of(connection: &ClientConnection) -> Self {
        let alpn = connection.alpn_protocol();
        let suite = connection.negotiated_cipher_suite();
        let certificates = connection.peer_certificates().unwrap_or_default();
        Self {
            protocol: match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
                _ => "TLSv1.3",
            },
            cipher_suite: suite.map_or_else(String::new, |suite| iana_name(&format!("{:?}", suite.suite()))),
            alpn: alpn.map(|name| String::from_utf8_lossy(name).into_owned()),
            is_resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
            certificates: certificates.iter().map(|each| each.to_vec()).collect(),
        }
    }
}

/// Returns the name of a cipher suite in the registry: rustls writes `TLS13_` for `TLS_` of TLS 1.3.
fn iana_name(name: &str) -> String {
    let rest = name.strip_prefix("TLS13_");
    rest.map_or_else(|| name.to_owned(), |rest| format!("TLS_{rest}"))
}
