//! Why a certificate chain is rejected, in more detail than webpki reports.

use super::certificate::{Certificate, PublicKey};
use super::support::{Algorithms, refuse_signature};
use crate::error::TlsFailure;
use rustls::{CertificateError, Error, RootCertStore};
use rustls_pki_types::CertificateDer;

/// Most certificates of a chain that are examined.
const MAX_CHAIN: usize = 10;

/// Returns a more specific error if the certificates show the reason.
pub(super) fn explain(
    error: Error,
    certificate: &Certificate<'_>,
    others: &[CertificateDer<'_>],
    roots: &RootCertStore,
    algorithms: Algorithms,
) -> Error {
    use CertificateError as Kind;
    let Error::InvalidCertificate(kind) = &error else {
        return error;
    };
    let chain = chain_of(certificate, others);
    let is_rooted = chain
        .last()
        .is_some_and(|top| roots.roots.iter().any(|root| *root.subject == *top.issuer));
    match kind {
        Kind::UnknownIssuer if !is_rooted => unknown_issuer(&chain).into(),
        Kind::UnknownIssuer => {
            refuse_chain(&chain, roots, algorithms).map_or(Kind::BadSignature.into(), Error::from)
        }
        Kind::BadSignature
        | Kind::UnsupportedSignatureAlgorithmContext { .. }
        | Kind::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            refuse_chain(&chain, roots, algorithms).map_or(error, Error::from)
        }
        _ => error,
    }
}

/// Returns the certificate, followed by its issuers.
fn chain_of<'a>(certificate: &Certificate<'a>, others: &'a [CertificateDer<'_>]) -> Vec<Certificate<'a>> {
    let others: Vec<_> = others.iter().filter_map(|der| Certificate::parse(der)).collect();
    let above = |below: &Certificate<'a>| {
        let issuer = |other: &&Certificate<'a>| other.subject.content == below.issuer;
        others
            .iter()
            .find(issuer)
            .copied()
            .filter(|_| !below.is_self_issued())
    };
    std::iter::successors(Some(*certificate), above)
        .take(MAX_CHAIN)
        .collect()
}

/// Returns why rustls cannot verify a signature of the chain, if it cannot.
fn refuse_chain(
    chain: &[Certificate<'_>],
    roots: &RootCertStore,
    algorithms: Algorithms,
) -> Option<TlsFailure> {
    chain
        .iter()
        .enumerate()
        .find_map(|(at, below)| match chain.get(at + 1) {
            Some(issuer) => refuse_signature(below, &issuer.public_key, algorithms),
            None => roots
                .roots
                .iter()
                .filter(|root| *root.subject == *below.issuer)
                .filter_map(PublicKey::of_root)
                .find_map(|key| refuse_signature(below, &key, algorithms)),
        })
}

/// Returns the code of Node for a chain that does not lead to a trusted root.
fn unknown_issuer(chain: &[Certificate<'_>]) -> TlsFailure {
    let ends_itself = chain.last().is_some_and(Certificate::is_self_issued);
    let (code, message) = match (chain.len(), ends_itself) {
        (1, true) => (
            "DEPTH_ZERO_SELF_SIGNED_CERT",
            "the certificate is self-signed and not trusted",
        ),
        (_, true) => (
            "SELF_SIGNED_CERT_IN_CHAIN",
            "the root at the end of the certificate chain is not trusted",
        ),
        (1, false) => (
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
            "the certificate was sent without intermediates, and its issuer is not trusted",
        ),
        (_, false) => (
            "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
            "the certificate chain does not lead to a trusted root",
        ),
    };
    TlsFailure::new(code, message)
}
