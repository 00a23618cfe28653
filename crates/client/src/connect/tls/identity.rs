//! The client's own certificate, for servers that request one (RFC 8446 section 4.4.2).

use super::certificate::{Certificate, PublicKey};
use super::option_error::TlsOptionError;
use super::parameters::Identity;
use super::pem;
use rustls::client::WantsClientCert;
use rustls::crypto::CryptoProvider;
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use rustls::{ClientConfig, ConfigBuilder};
use std::sync::Arc;

/// Completes a configuration with the client's certificate.
pub(super) fn present(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    identity: &Identity,
    provider: &CryptoProvider,
) -> Result<ClientConfig, TlsOptionError> {
    let chain = pem::chain(&identity.cert).map_err(|error| TlsOptionError(format!("cert: {error}")))?;
    let Some(first) = chain.first() else {
        return Err(TlsOptionError("cert holds no PEM certificate".to_owned()));
    };
    let key = pem::key(&identity.key).map_err(|error| TlsOptionError(format!("key: {error}")))?;
    let key = provider
        .key_provider
        .load_private_key(key)
        .map_err(|error| TlsOptionError(format!("key: rustls cannot use it: {error}")))?;
    let Some(certificate) = Certificate::parse(first) else {
        return Err(TlsOptionError(
            "cert: the certificate cannot be parsed".to_owned(),
        ));
    };
    if !belongs_to(&*key, &certificate.public_key) {
        return Err(TlsOptionError(
            "cert: the certificate does not belong to the key".to_owned(),
        ));
    }
    let certified = CertifiedKey::new(chain, key);
    Ok(builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified))))
}

/// Whether a certificate is for this key. rustls compares them for certificates of version 3 only.
fn belongs_to(key: &dyn SigningKey, expected: &PublicKey<'_>) -> bool {
    let own = key.public_key();
    let bits = own.as_ref().and_then(|own| {
        let (own, _) = super::certificate::split(own)?;
        Some(PublicKey::parse(own.content)?.bits)
    });
    bits.is_none_or(|bits| bits == expected.bits)
}
