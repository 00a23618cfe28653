//! Whose certificates are believed: a set of roots, parsed once, and the two client
//! configurations made of it (which also hold the sessions that can be resumed).

use crate::error::{Error, ErrorKind, Phase};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::sync::{Arc, OnceLock};

/// Certificates in PEM, turned into TLS configurations on first use and off the JavaScript thread.
#[derive(Debug, Default)]
pub struct Trust {
    pem: Vec<String>,
    strict: bool,
    checking: OnceLock<Arc<ClientConfig>>,
    accepting: OnceLock<Arc<ClientConfig>>,
}

impl Trust {
    /// The roots Node believes. Node's own list holds certificates that rustls cannot use as a
    /// root; those are passed over.
    pub fn from_node(pem: Vec<String>) -> Self {
        Self {
            pem,
            ..Self::default()
        }
    }

    /// The caller's `ca` option. Every certificate in it has to be readable.
    pub fn from_option(pem: Vec<String>) -> Self {
        Self {
            pem,
            strict: true,
            ..Self::default()
        }
    }

    /// The configuration to connect with; `false` takes any certificate.
    pub(super) fn config(&self, reject_unauthorized: bool) -> Result<Arc<ClientConfig>, Error> {
        let slot = if reject_unauthorized {
            &self.checking
        } else {
            &self.accepting
        };
        if let Some(config) = slot.get() {
            return Ok(Arc::clone(config));
        }
        let config = if reject_unauthorized {
            self.checking()?
        } else {
            Self::accepting()?
        };
        Ok(Arc::clone(slot.get_or_init(|| config)))
    }

    fn checking(&self) -> Result<Arc<ClientConfig>, Error> {
        let provider = Arc::new(ring::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(self.roots()?), Arc::clone(&provider))
                .build()
                .map_err(|error| unusable(&error.to_string()))?;
        client_config(provider, verifier)
    }

    fn accepting() -> Result<Arc<ClientConfig>, Error> {
        let provider = Arc::new(ring::default_provider());
        client_config(Arc::clone(&provider), Arc::new(AcceptAny(provider)))
    }

    fn roots(&self) -> Result<RootCertStore, Error> {
        let mut roots = RootCertStore::empty();
        for pem in &self.pem {
            self.add(&mut roots, pem)?;
        }
        if roots.is_empty() {
            return Err(unusable("no trusted root certificate"));
        }
        Ok(roots)
    }

    fn add(&self, roots: &mut RootCertStore, pem: &str) -> Result<(), Error> {
        let mut found = false;
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let added = certificate
                .map_err(|error| error.to_string())
                .and_then(|der| roots.add(der).map_err(|error| error.to_string()));
            match added {
                Err(reason) if self.strict => return Err(unusable(&format!("option tls.ca: {reason}"))),
                Ok(()) | Err(_) => found = true,
            }
        }
        if self.strict && !found {
            return Err(unusable("option tls.ca holds no PEM certificate"));
        }
        Ok(())
    }
}

fn client_config(
    provider: Arc<CryptoProvider>,
    verifier: Arc<dyn ServerCertVerifier>,
) -> Result<Arc<ClientConfig>, Error> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn unusable(reason: &str) -> Error {
    Error::new(Phase::Options, ErrorKind::Certificate(reason.to_owned()))
}

/// `rejectUnauthorized: false`: any certificate will do, but its owner has to prove the key.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_option_that_holds_no_certificate_is_an_option_error() {
        let error = Trust::from_option(vec!["not a certificate".into()])
            .config(true)
            .unwrap_err();
        assert_eq!(error.phase, Phase::Options);
        assert!(error.to_string().contains("tls.ca"));
    }

    #[test]
    fn without_verification_no_root_is_needed() {
        assert!(Trust::from_node(Vec::new()).config(false).is_ok());
        assert!(Trust::from_node(Vec::new()).config(true).is_err());
    }
}
