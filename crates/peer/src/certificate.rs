//! The test certificates: an authority, and a server certificate for the loopback names, made at every start.
//!
//! That takes a millisecond, and keeps private keys and expiry dates out of the repository.

use std::{fs, io, path::Path, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    },
};

/// The names of the server.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The acceptor for the server, and the authority for its clients.
pub(crate) struct Certificates {
    /// Accepts TLS connections with the server certificate.
    pub(crate) acceptor: TlsAcceptor,
    /// The certificate of the authority as PEM, for the client under test.
    pub(crate) authority: String,
}

/// Makes an authority and a server certificate signed by it.
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

/// Writes certificates and their keys (`NAME.pem`, `NAME.key`) to a folder, for servers that tests start themselves.
///
/// `authority.pem` signs `server`, `expired`, `early` (not valid yet), `elsewhere` (another host name), `client` and
/// `intermediate.pem`. `intermediate.pem` signs `distant`. `own` is self-signed.
///
/// # Errors
/// If the folder cannot be written.
pub fn write_certificates(folder: &Path) -> io::Result<()> {
    let (issuer, authority) = authority().map_err(io::Error::other)?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join("authority.pem"), authority)?;
    let (between, pem) = intermediate(&issuer).map_err(io::Error::other)?;
    fs::write(folder.join("intermediate.pem"), pem)?;
    let leaves = [
        ("server", leaf_params(&NAMES), Some(&issuer)),
        ("expired", valid(2001), Some(&issuer)),
        ("early", valid(2100), Some(&issuer)),
        ("distant", leaf_params(&NAMES), Some(&between)),
        ("elsewhere", leaf_params(&["elsewhere.test"]), Some(&issuer)),
        ("client", client(), Some(&issuer)),
        ("own", own(), None),
    ];
    for (name, params, issuer) in leaves {
        let made = params.and_then(|params| issue(&params, issuer));
        let (certificate, key) = made.map_err(io::Error::other)?;
        fs::write(folder.join(format!("{name}.pem")), certificate)?;
        fs::write(folder.join(format!("{name}.key")), key)?;
    }
    Ok(())
}

/// Issues a certificate, signed by itself if there is no issuer. Returns it and its key, both in PEM.
fn issue(
    params: &CertificateParams,
    issuer: Option<&Issuer<'_, KeyPair>>,
) -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate()?;
    let certificate = match issuer {
        Some(issuer) => params.signed_by(&key, issuer)?,
        None => params.self_signed(&key)?,
    };
    Ok((certificate.pem(), key.serialize_pem()))
}

/// Returns the parameters of a server certificate that is valid in this year only.
fn valid(year: i32) -> Result<CertificateParams, rcgen::Error> {
    let mut params = leaf_params(&NAMES)?;
    params.not_before = date_time_ymd(year, 1, 1);
    params.not_after = date_time_ymd(year + 1, 1, 1);
    Ok(params)
}

/// Returns the parameters of a client certificate.
fn client() -> Result<CertificateParams, rcgen::Error> {
    let mut params = leaf_params(&["client.test"])?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}

/// Returns the parameters of a self-signed certificate like those of `openssl req -x509`.
fn own() -> Result<CertificateParams, rcgen::Error> {
    let mut params = leaf_params(&NAMES)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = Vec::new();
    params.extended_key_usages = Vec::new();
    Ok(params)
}

/// Returns the parameters of an authority. Each authority has a name of its own, because OpenSSL takes a certificate
/// for self-signed if subject and issuer have the same name.
fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn authority() -> Result<(Issuer<'static, KeyPair>, String), rcgen::Error> {
    let params = authority_params("websocket-rs test authority");
    let key = KeyPair::generate()?;
    let pem = params.self_signed(&key)?.pem();
    Ok((Issuer::new(params, key), pem))
}

fn intermediate(issuer: &Issuer<'_, KeyPair>) -> Result<(Issuer<'static, KeyPair>, String), rcgen::Error> {
    let params = authority_params("websocket-rs test intermediate");
    let key = KeyPair::generate()?;
    let pem = params.signed_by(&key, issuer)?.pem();
    Ok((Issuer::new(params, key), pem))
}

fn leaf_params(names: &[&str]) -> Result<CertificateParams, rcgen::Error> {
    let names: Vec<String> = names.iter().copied().map(String::from).collect();
    let mut params = CertificateParams::new(names)?;
    params
        .distinguished_name
        .push(DnType::CommonName, "websocket-rs test peer");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn leaf(
    issuer: &Issuer<'_, KeyPair>,
) -> Result<(CertificateDer<'static>, PrivatePkcs8KeyDer<'static>), rcgen::Error> {
    let params = leaf_params(&NAMES)?;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, issuer)?;
    Ok((
        certificate.der().clone(),
        PrivatePkcs8KeyDer::from(key.serialize_der()),
    ))
}
