//! Whose certificates are believed: a set of roots, parsed once, and the client configurations made of
//! it, which also hold the sessions that can be resumed.

use super::verifier::{Leniency, Verifier};
use super::{Unusable, identity, versions};
use crate::options::TlsParameters;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Configurations kept for connections that ask for the same again.
const KEPT: usize = 8;

/// Certificates in PEM, turned into TLS configurations on first use and off the JavaScript thread.
#[derive(Debug, Default)]
pub struct Trust {
    pem: Vec<String>,
    strict: bool,
    roots: OnceLock<Arc<RootCertStore>>,
    configs: Mutex<Vec<(TlsParameters, Arc<ClientConfig>)>>,
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

    /// The certificates it was made of.
    pub fn pem(&self) -> &[String] {
        &self.pem
    }

    /// The configuration to connect with.
    pub(super) fn config(&self, parameters: &TlsParameters) -> Result<Arc<ClientConfig>, Unusable> {
        let kept = |configs: &[(TlsParameters, Arc<ClientConfig>)]| {
            let found = configs.iter().find(|(made_for, _)| made_for == parameters);
            found.map(|(_, config)| Arc::clone(config))
        };
        let mut configs = self.configs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = kept(&configs) {
            return Ok(config);
        }
        let config = Arc::new(self.make(parameters)?);
        if configs.len() >= KEPT {
            configs.remove(0);
        }
        configs.push((parameters.clone(), Arc::clone(&config)));
        Ok(config)
    }

    /// Whether a configuration can be made of what the caller gave. Node's roots are not asked for.
    pub(super) fn check(&self, parameters: &TlsParameters) -> Result<(), Unusable> {
        let has_version = parameters.tls12 || parameters.tls13;
        if !self.strict && parameters.identity.is_none() && has_version {
            return Ok(());
        }
        let checked = TlsParameters {
            reject_unauthorized: false,
            key_log: None,
            ..parameters.clone()
        };
        self.make(&checked).map(drop)
    }

    fn make(&self, parameters: &TlsParameters) -> Result<ClientConfig, Unusable> {
        let provider = Arc::new(ring::default_provider());
        let verifier = self.verifier(&provider, parameters.reject_unauthorized)?;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions(parameters))
            .map_err(|error| Unusable(format!("minVersion and maxVersion: {error}")))?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match &parameters.identity {
            Some(given) => identity::present(builder, given)?,
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = parameters
            .alpn
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        config.enable_sni = parameters.server_name.as_deref() != Some("");
        if let Some(path) = &parameters.key_log {
            config.key_log = super::key_log::open(path).unwrap_or(config.key_log);
        }
        Ok(config)
    }

    fn verifier(
        &self,
        provider: &Arc<CryptoProvider>,
        checks: bool,
    ) -> Result<Arc<dyn ServerCertVerifier>, Unusable> {
        let lenient = |leniency| Verifier {
            leniency,
            provider: Arc::clone(provider),
        };
        if self.strict {
            // What cannot be read is told although nobody asks it.
            self.roots()?;
        }
        if !checks {
            return Ok(Arc::new(lenient(Leniency::Any)));
        }
        let roots = self.roots()?;
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
            .build()
            .map_err(|error| Unusable(format!("ca: {error}")))?;
        if !self.strict {
            return Ok(verifier);
        }
        Ok(Arc::new(lenient(Leniency::Given {
            certificates: self.pem.iter().flat_map(|pem| certificates(pem)).collect(),
            otherwise: verifier,
        })))
    }

    fn roots(&self) -> Result<Arc<RootCertStore>, Unusable> {
        if let Some(roots) = self.roots.get() {
            return Ok(Arc::clone(roots));
        }
        let mut roots = RootCertStore::empty();
        for pem in &self.pem {
            self.add(&mut roots, pem)?;
        }
        if roots.is_empty() {
            return Err(Unusable("ca: there is no trusted root certificate".to_owned()));
        }
        Ok(Arc::clone(self.roots.get_or_init(|| Arc::new(roots))))
    }

    fn add(&self, roots: &mut RootCertStore, pem: &str) -> Result<(), Unusable> {
        let mut found = false;
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let added = certificate
                .map_err(|error| error.to_string())
                .and_then(|der| roots.add(der).map_err(|error| error.to_string()));
            match added {
                Err(reason) if self.strict => return Err(Unusable(format!("ca: {reason}"))),
                Ok(()) | Err(_) => found = true,
            }
        }
        if self.strict && !found {
            return Err(Unusable("ca holds no PEM certificate".to_owned()));
        }
        Ok(())
    }
}

/// The readable certificates of a text.
fn certificates(pem: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .filter_map(Result::ok)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Phase;

    fn checking(reject_unauthorized: bool) -> TlsParameters {
        TlsParameters {
            reject_unauthorized,
            ..TlsParameters::default()
        }
    }

    #[test]
    fn a_ca_option_that_holds_no_certificate_is_an_option_error() {
        let error = Trust::from_option(vec!["not a certificate".into()])
            .config(&checking(true))
            .err()
            .unwrap()
            .into_error("proxyTls");
        assert_eq!(error.phase, Phase::Options);
        assert_eq!(error.to_string(), "option proxyTls.ca holds no PEM certificate");
        let unread = Trust::from_option(vec!["not a certificate".into()]);
        assert!(unread.config(&checking(false)).is_err());
    }

    #[test]
    fn without_verification_no_root_is_needed() {
        assert!(Trust::from_node(Vec::new()).config(&checking(false)).is_ok());
        assert!(Trust::from_node(Vec::new()).config(&checking(true)).is_err());
    }

    #[test]
    fn the_same_parameters_share_a_configuration_and_so_their_sessions() {
        let trust = Trust::default();
        let first = trust.config(&checking(false)).unwrap();
        assert!(Arc::ptr_eq(&first, &trust.config(&checking(false)).unwrap()));
        for name in 0..KEPT {
            let other = TlsParameters {
                server_name: Some(name.to_string()),
                ..checking(false)
            };
            assert!(!Arc::ptr_eq(&first, &trust.config(&other).unwrap()));
        }
        assert!(trust.configs.lock().unwrap().len() <= KEPT);
    }
}
