//! The client's own certificate, for servers that ask for one (RFC 8446 section 4.4.2).

use super::Unusable;
use crate::options::Identity;
use rustls::client::WantsClientCert;
use rustls::{ClientConfig, ConfigBuilder};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// Finishes a configuration that shows this certificate.
pub(super) fn present(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    identity: &Identity,
) -> Result<ClientConfig, Unusable> {
    let chain = CertificateDer::pem_slice_iter(identity.cert.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Unusable(format!("cert: {error}")))?;
    if chain.is_empty() {
        return Err(Unusable("cert holds no PEM certificate".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes())
        .map_err(|error| Unusable(format!("key: {error}")))?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|error| Unusable(format!("cert with its key: {error}")))
}
