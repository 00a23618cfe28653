//! The verifier of the server's certificate, and of its signature in the handshake.

use super::certificate::Certificate;
use super::{diagnosis, names, path, support, usage};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, DigitallySignedStruct, Error, PeerMisbehaved, RootCertStore, SignatureScheme,
};
use rustls_pki_types::{CertificateDer, ServerName, SignatureVerificationAlgorithm, UnixTime};
use std::sync::Arc;

/// The trusted certificates.
#[derive(Debug)]
pub(super) struct Trusted {
    pub(super) roots: Arc<RootCertStore>,
    /// The certificates of the caller's `ca`, one of which may be the server's own, as made by `openssl req -x509`.
    pub(super) given: Vec<CertificateDer<'static>>,
}

#[derive(Debug)]
pub(super) struct Verifier {
    /// `None` for `rejectUnauthorized: false`, which accepts any certificate. The server still has to prove that it has
    /// the key.
    pub(super) trusted: Option<Trusted>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(trusted) = &self.trusted {
            let certificate = Certificate::parse(end_entity).ok_or(CertificateError::BadEncoding)?;
            if trusted.given.contains(end_entity) {
                usage::check_server(&certificate, now)?;
            } else {
                let algorithms = self.algorithms.all;
                trusted.check_chain(end_entity, &certificate, intermediates, now, algorithms)?;
            }
            names::check(end_entity, &certificate, name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify_signature(message, certificate, signed, self.algorithms_for(signed.scheme)?)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // PKCS#1 signatures are for certificates only, and a scheme is bound to one curve (RFC 8446 section 4.2.3).
        if is_pkcs1(signed.scheme) {
            return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        }
        let first = self.algorithms_for(signed.scheme)?.get(..1).unwrap_or_default();
        self.verify_signature(message, certificate, signed, first)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl Verifier {
    fn algorithms_for(&self, scheme: SignatureScheme) -> Result<support::Algorithms, Error> {
        let mut mapping = self.algorithms.mapping.iter();
        mapping
            .find_map(|(offered, algorithms)| (*offered == scheme).then_some(*algorithms))
            .ok_or_else(|| PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into())
    }

    /// Verifies the server's signature (RFC 8446 section 4.4.3, RFC 5246 section 7.4.3). Does not use webpki, which
    /// parses certificates of version 3 only.
    fn verify_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
        algorithms: &[&'static dyn SignatureVerificationAlgorithm],
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = Certificate::parse(certificate)
            .ok_or(CertificateError::BadEncoding)?
            .public_key;
        if let Some(Ok(())) = support::verify(algorithms.iter(), &key, message, signed.signature()) {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let refused = support::refuse_key(
            &key,
            "the certificate",
            "ERR_SSL_EE_KEY_TOO_SMALL",
            self.algorithms.all,
        );
        Err(refused.map_or(CertificateError::BadSignature.into(), Error::from))
    }
}

impl Trusted {
    /// Checks that the certificate chains to a trusted root.
    fn check_chain(
        &self,
        end_entity: &CertificateDer<'_>,
        certificate: &Certificate<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
        algorithms: support::Algorithms,
    ) -> Result<(), Error> {
        let judged = ParsedCertificate::try_from(end_entity).and_then(|parsed| {
            verify_server_cert_signed_by_trust_anchor(&parsed, &self.roots, others, now, algorithms)
        });
        let judged = match judged {
            Err(error) if path::is_needed(certificate, &error) => usage::check_server(certificate, now)
                .and_then(|()| path::find(certificate, others, &self.roots, now, algorithms)),
            // webpki does not check the key usage.
            judged => judged.and_then(|()| usage::check_server(certificate, now)),
        };
        judged.map_err(|error| diagnosis::explain(error, certificate, others, &self.roots, algorithms))
    }
}

fn is_pkcs1(scheme: SignatureScheme) -> bool {
    matches!(
        scheme,
        SignatureScheme::RSA_PKCS1_SHA256
            | SignatureScheme::RSA_PKCS1_SHA384
            | SignatureScheme::RSA_PKCS1_SHA512
    )
}

#[cfg(test)]
#[path = "verifier_tests.rs"]
mod tests;
