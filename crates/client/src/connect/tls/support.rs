//! Which keys and signatures rustls with ring can verify, and the errors for the others.

use super::certificate::{Certificate, PublicKey, RSA};
use crate::error::TlsFailure;
use rustls_pki_types::{InvalidSignature, SignatureVerificationAlgorithm};
use std::ops::RangeInclusive;

/// All algorithms of a provider.
pub(super) type Algorithms = &'static [&'static dyn SignatureVerificationAlgorithm];

/// Sizes of RSA keys, in bits, that ring supports.
const RSA_BITS: RangeInclusive<usize> = 2048..=8192;

/// Prefixes of algorithm identifiers, with tag and length. The identifier of a key on a curve includes the curve.
#[rustfmt::skip]
const NAMES: [(&[u8], &str); 12] = [
    (RSA, "RSA"),
    (&[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], "RSA with MD5"),
    (&[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5], "RSA with SHA-1"),
    (&[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10], "RSASSA-PSS"),
    (&[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], "P-256"),
    (&[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06, 0x05, 0x2b, 0x81, 0x04, 0, 0x22], "P-384"),
    (&[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06, 0x05, 0x2b, 0x81, 0x04, 0, 0x23], "P-521"),
    (&[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1], "ECDSA with SHA-1"),
    (&[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], "ECDSA with SHA-384"),
    (&[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4], "ECDSA with SHA-512"),
    (&[0x06, 0x03, 0x2b, 0x65, 0x70], "Ed25519"),
    (&[0x06, 0x03, 0x2b, 0x65, 0x71], "Ed448"),
];

/// Returns the name of an algorithm, or its bytes.
fn name(algorithm: &[u8]) -> String {
    match NAMES.iter().find(|(start, _)| algorithm.starts_with(start)) {
        Some((_, name)) => (*name).to_owned(),
        None => format!("algorithm {algorithm:02x?}"),
    }
}

/// Whether an algorithm is the key's. An RSA key may omit the parameters, which are NULL.
fn is_for(algorithm: &dyn SignatureVerificationAlgorithm, key: &PublicKey<'_>) -> bool {
    let expected = algorithm.public_key_alg_id();
    *expected == *key.algorithm || (key.algorithm == RSA && expected.starts_with(RSA))
}

/// Verifies with the first algorithm that is the key's. Returns `None` if no algorithm is.
pub(super) fn verify<'a>(
    mut algorithms: impl Iterator<Item = &'a &'static dyn SignatureVerificationAlgorithm>,
    key: &PublicKey<'_>,
    message: &[u8],
    signature: &[u8],
) -> Option<Result<(), InvalidSignature>> {
    let algorithm = algorithms.find(|algorithm| is_for(**algorithm, key))?;
    Some(algorithm.verify_signature(key.bits, message, signature))
}

/// Verifies that the holder of this key has signed a certificate.
pub(super) fn is_signed_by(
    certificate: &Certificate<'_>,
    key: &PublicKey<'_>,
    algorithms: Algorithms,
) -> bool {
    // Both must be the same (RFC 5280 section 4.1.1.2).
    if certificate.inner_algorithm != certificate.signature_algorithm {
        return false;
    }
    let fitting = algorithms
        .iter()
        .filter(|algorithm| *algorithm.signature_alg_id() == *certificate.signature_algorithm);
    let verified = verify(fitting, key, certificate.signed, certificate.signature);
    matches!(verified, Some(Ok(())))
}

/// Returns why rustls cannot verify with this key, if it cannot. `owner` is the owner of the key, `too_small` the code
/// for an RSA key that is too small.
pub(super) fn refuse_key(
    key: &PublicKey<'_>,
    owner: &str,
    too_small: &'static str,
    algorithms: Algorithms,
) -> Option<TlsFailure> {
    let lowest = RSA_BITS.start();
    match key.rsa_bits() {
        Some(bits) if bits < *lowest => Some(TlsFailure::new(
            too_small,
            format!("{owner} has an RSA key of {bits} bits; rustls requires at least {lowest}"),
        )),
        Some(bits) if !RSA_BITS.contains(&bits) => Some(TlsFailure::new(
            "ERR_SSL_UNKNOWN_PKEY_TYPE",
            format!(
                "{owner} has an RSA key of {bits} bits; rustls supports at most {}",
                RSA_BITS.end()
            ),
        )),
        _ if algorithms.iter().any(|algorithm| is_for(*algorithm, key)) => None,
        _ => Some(TlsFailure::new(
            "ERR_SSL_UNKNOWN_PKEY_TYPE",
            format!(
                "{owner} has a key of a type that rustls does not support: {}",
                name(key.algorithm)
            ),
        )),
    }
}

/// Returns why rustls cannot verify the signature of a certificate, if it cannot.
pub(super) fn refuse_signature(
    certificate: &Certificate<'_>,
    issuer: &PublicKey<'_>,
    algorithms: Algorithms,
) -> Option<TlsFailure> {
    let refused = refuse_key(
        issuer,
        "an authority of the certificate",
        "ERR_SSL_CA_KEY_TOO_SMALL",
        algorithms,
    );
    let signed_with = certificate.signature_algorithm;
    let is_known = algorithms
        .iter()
        .any(|algorithm| *algorithm.signature_alg_id() == *signed_with && is_for(*algorithm, issuer));
    if refused.is_some() || is_known {
        return refused;
    }
    let (with, by) = (name(signed_with), name(issuer.algorithm));
    let code = match &*with {
        "RSA with MD5" | "RSA with SHA-1" | "ECDSA with SHA-1" => "ERR_SSL_CA_MD_TOO_WEAK",
        _ => "UNSUPPORTED_SIGNATURE_ALGORITHM",
    };
    let message =
        format!("a certificate is signed with {with} by a key of type {by}, which rustls does not support");
    Some(TlsFailure::new(code, message))
}
