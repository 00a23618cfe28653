//! Handshakes in memory with servers that send a certificate and have another key.

use super::super::parameters::TlsParameters;
use super::super::trust::Trust;
use crate::error::TlsFailure;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConnection, Connection, Error, ServerConfig, ServerConnection};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Sends its certificate with a key that does not belong to it.
#[derive(Debug)]
struct MismatchedKey(Arc<CertifiedKey>);

impl ResolvesServerCert for MismatchedKey {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// Runs a handshake with a server that sends one certificate and has the key of another. `checks` is
/// `rejectUnauthorized`.
fn shake(certificate: &str, key: &str, checks: bool, tls13: bool) -> Result<(), Error> {
    // Tests run in parallel, so each call has a folder of its own.
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("websocket-rs-verifier-{}-{call}", std::process::id()));
    websocket_rs_peer::write_certificates(&folder).unwrap();
    let pem = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(pem(&format!("{certificate}.pem")).as_bytes()).unwrap()];
    let authority = pem("authority.pem");
    let key = PrivateKeyDer::from_pem_slice(pem(&format!("{key}.key")).as_bytes()).unwrap();
    let key = ring::sign::any_supported_type(&key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(MismatchedKey(Arc::new(CertifiedKey::new(chain, key)))));
    let parameters = TlsParameters {
        reject_unauthorized: checks,
        tls13,
        ..TlsParameters::default()
    };
    fs::remove_dir_all(&folder).unwrap();
    let trust = Trust::from_option(vec![authority]);
    let client = ClientConnection::new(
        trust.config(&parameters).unwrap(),
        "localhost".try_into().unwrap(),
    );
    let server = ServerConnection::new(Arc::new(config));
    exchange(&mut client.unwrap().into(), &mut server.unwrap().into())
}

/// Exchanges bytes until the client has finished or fails.
fn exchange(client: &mut Connection, server: &mut Connection) -> Result<(), Error> {
    while client.is_handshaking() {
        let mut bytes = Vec::new();
        client.write_tls(&mut bytes).unwrap();
        server.read_tls(&mut bytes.as_slice()).unwrap();
        server.process_new_packets()?;
        let mut bytes = Vec::new();
        server.write_tls(&mut bytes).unwrap();
        let mut bytes = bytes.as_slice();
        while !bytes.is_empty() {
            client.read_tls(&mut bytes).unwrap();
            client.process_new_packets()?;
        }
    }
    Ok(())
}

#[test]
fn the_server_always_has_to_prove_its_key() {
    for tls13 in [false, true] {
        for checks in [false, true] {
            assert_eq!(shake("server", "server", checks, tls13), Ok(()));
            let refused = shake("server", "client", checks, tls13).unwrap_err();
            assert_eq!(TlsFailure::from(&refused).code, "CERT_SIGNATURE_FAILURE");
        }
    }
}
