//! The test certificates: an authority and a leaf for this machine's loopback names, made anew at start.
//!
//! Making them costs a millisecond and means that no private key and no expiry date lives in the repository.

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

/// Writes a folder of certificates with their keys (`NAME.pem`, `NAME.key`), for servers that tests start
/// themselves: `server`, `expired`, `early` (not valid yet) and `elsewhere` (another name), `client`, all of
/// `authority.pem`; `distant`, of `intermediate.pem`, which is of the same; and `own`, which is its own authority.
///
/// # Errors
/// Where the folder cannot be written.
pub fn write_certificates(folder: &Path) -> io::Result<()> {
    let (issuer, authority) = authority().map_err(io::Error::other)?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join("authority.pem"), authority)?;
    let (between, pem) = intermediate(&issuer).map_err(io::Error::other)?;
    fs::write(folder.join("intermediate.pem"), pem)?;
    let write = |name: &str, params: &CertificateParams, issuer: Option<&Issuer<'_, KeyPair>>| {
        let key = KeyPair::generate()?;
        let certificate = match issuer {
            Some(issuer) => params.clone().signed_by(&key, issuer)?,
            None => params.clone().self_signed(&key)?,
        };
        Ok::<_, rcgen::Error>((name.to_owned(), certificate.pem(), key.serialize_pem()))
    };
    let made = [
        write(
            "server",
            &leaf_params(&NAMES).map_err(io::Error::other)?,
            Some(&issuer),
        ),
        write("expired", &valid(2001).map_err(io::Error::other)?, Some(&issuer)),
        write("early", &valid(2100).map_err(io::Error::other)?, Some(&issuer)),
        write(
            "distant",
            &leaf_params(&NAMES).map_err(io::Error::other)?,
            Some(&between),
        ),
        write(
            "elsewhere",
            &leaf_params(&["elsewhere.test"]).map_err(io::Error::other)?,
            Some(&issuer),
        ),
        write("client", &client().map_err(io::Error::other)?, Some(&issuer)),
        write("own", &own().map_err(io::Error::other)?, None),
    ];
    for one in made {
        let (name, certificate, key) = one.map_err(io::Error::other)?;
        fs::write(folder.join(format!("{name}.pem")), certificate)?;
        fs::write(folder.join(format!("{name}.key")), key)?;
    }
    Ok(())
}

/// Valid in this year.
fn valid(year: i32) -> Result<CertificateParams, rcgen::Error> {
    let mut params = leaf_params(&NAMES)?;
    params.not_before = date_time_ymd(year, 1, 1);
    params.not_after = date_time_ymd(year + 1, 1, 1);
    Ok(params)
}

fn client() -> Result<CertificateParams, rcgen::Error> {
    let mut params = leaf_params(&["client.test"])?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}

/// As `openssl req -x509` makes it.
fn own() -> Result<CertificateParams, rcgen::Error> {
    let mut params = leaf_params(&NAMES)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = Vec::new();
    params.extended_key_usages = Vec::new();
    Ok(params)
}

/// OpenSSL takes a certificate with its issuer's name for self-signed, so each gets a name of its own.
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
