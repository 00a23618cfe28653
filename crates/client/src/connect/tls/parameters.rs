//! The parameters of TLS, and the client's own certificate.

use rustls::SupportedProtocolVersion;

/// The parameters of TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // They are the caller's switches.
pub struct TlsParameters {
    /// Whether to verify the server's certificate. The signatures of the handshake are verified in any case.
    pub reject_unauthorized: bool,
    /// The client's own certificate.
    pub identity: Option<Identity>,
    /// The name that is sent to the server (SNI, RFC 6066 section 3) and that its certificate must be valid for,
    /// instead of the URL's host. If empty, no name is sent.
    pub server_name: Option<String>,
    /// Whether TLS 1.2 (RFC 5246) is offered.
    pub tls12: bool,
    /// Whether TLS 1.3 (RFC 8446) is offered.
    pub tls13: bool,
    /// Protocols to offer (RFC 7301). The connection fails if the server chooses another one than `http/1.1`.
    pub alpn: Vec<String>,
    /// A file to which secrets are appended, in the format of NSS.
    pub key_log: Option<String>,
}

impl TlsParameters {
    /// Removes what must not be used for another origin: the client's certificate, and the name that was given for the
    /// server.
    pub(crate) fn leave_origin(&mut self) {
        self.identity = None;
        self.server_name = self.server_name.take().filter(String::is_empty);
    }

    pub(super) fn versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        let offered = [
            (self.tls13, &rustls::version::TLS13),
            (self.tls12, &rustls::version::TLS12),
        ];
        offered
            .into_iter()
            .filter_map(|(wanted, version)| wanted.then_some(version))
            .collect()
    }
}

impl Default for TlsParameters {
    fn default() -> Self {
        Self {
            reject_unauthorized: true,
            identity: None,
            server_name: None,
            tls12: true,
            tls13: true,
            alpn: vec!["http/1.1".to_owned()],
            key_log: None,
        }
    }
}

/// A certificate and its key, both in PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, followed by intermediate certificates.
    pub cert: String,
    /// The private key: PKCS#8, PKCS#1 or SEC1, not encrypted.
    pub key: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}
