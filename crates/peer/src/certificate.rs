//! The test certificates: an authority and a leaf for this machine's loopback names, made anew at start.
//!
//! Making them costs a millisecond and means that no private key and no expiry date lives in the repository.

use std::{io, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    },
};

/// The names a client may reach the peer under.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// What TLS needs: the acceptor for the server, the authority for its clients.
pub(crate) struct Certificates {
    /// Accepts TLS with the leaf certificate.
    pub(crate) acceptor: TlsAcceptor,
    /// The authority as PEM, to be trusted by the client under test.
    pub(crate) authority: String,
}

/// Makes an authority and a leaf signed by it.
pub(crate) fn generate() -> io::Result<Certificates> {
    let (issuer, authority) = authority().map_err(io::Error::other)?;
    let (leaf, key) = leaf(&issuer).map_err(io::Error::other)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(vec![leaf], key.into())
        })
        .map_err(io::Error::other)?;
    Ok(Certificates {
        acceptor: TlsAcceptor::from(Arc::new(config)),
        authority,
    })
}

fn authority() -> Result<(Issuer<'static, KeyPair>, String), rcgen::Error> {
    let mut params = CertificateParams::default();
    // OpenSSL takes a leaf with its issuer's name for self-signed, so both get a name of their own.
    params
        .distinguished_name
        .push(DnType::CommonName, "websocket-rs test authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let pem = params.self_signed(&key)?.pem();
    Ok((Issuer::new(params, key), pem))
}

fn leaf(
    issuer: &Issuer<'_, KeyPair>,
) -> Result<(CertificateDer<'static>, PrivatePkcs8KeyDer<'static>), rcgen::Error> {
    let mut params = CertificateParams::new(NAMES.map(String::from))?;
    params
        .distinguished_name
        .push(DnType::CommonName, "websocket-rs test peer");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, issuer)?;
    Ok((
        certificate.der().clone(),
        PrivatePkcs8KeyDer::from(key.serialize_der()),
    ))
}
