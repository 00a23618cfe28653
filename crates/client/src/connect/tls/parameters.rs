//! How TLS is spoken, apart from who is trusted.

use rustls::SupportedProtocolVersion;

/// How TLS is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // They are switches of the caller's.
pub struct TlsParameters {
    /// `false` takes any certificate; the handshake's signatures are checked all the same.
    pub reject_unauthorized: bool,
    /// The client's own certificate.
    pub identity: Option<Identity>,
    /// The name that is asked for (SNI, RFC 6066 section 3) and that the certificate has to be of, instead
    /// of the URL's host; empty asks for none.
    pub server_name: Option<String>,
    /// Whether TLS 1.2 (RFC 5246) is offered.
    pub tls12: bool,
    /// Whether TLS 1.3 (RFC 8446) is offered.
    pub tls13: bool,
    /// Protocols to offer (RFC 7301); any other choice than `http/1.1` is refused.
    pub alpn: Vec<String>,
    /// File to which secrets are appended, in the format of NSS.
    pub key_log: Option<String>,
}

impl TlsParameters {
    /// Gives up what is for one origin only: the client's certificate, and the name that was given for it.
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

/// A certificate with its key, both in PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, and those between it and an authority the server believes.
    pub cert: String,
    /// The private key: PKCS#8, PKCS#1 or SEC1, not encrypted.
    pub key: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}
