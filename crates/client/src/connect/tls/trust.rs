//! A set of trusted roots, parsed once, and the client configurations made with it, which also hold the sessions that
//! can be resumed.

use super::option_error::TlsOptionError;
use super::parameters::TlsParameters;
use super::verifier::{Trusted, Verifier};
use super::{identity, key_log, pem};
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, RootCertStore};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Most configurations that are kept for later connections with the same parameters. The oldest one is dropped first.
const MAX_CONFIGS: usize = 8;

/// Certificates in PEM, parsed on first use and off the JavaScript thread.
#[derive(Debug, Default)]
pub struct Trust {
    pem: Vec<String>,
    strict: bool,
    roots: OnceLock<Arc<RootCertStore>>,
    configs: Mutex<Vec<(TlsParameters, Arc<ClientConfig>)>>,
}

impl Trust {
    /// Trusts Node's roots. Ignores certificates in Node's list that rustls cannot use as a root.
    pub fn from_node(pem: Vec<String>) -> Self {
        Self {
            pem,
            ..Self::default()
        }
    }

    /// Trusts the caller's `ca` option. Every certificate in it must be valid.
    pub fn from_option(pem: Vec<String>) -> Self {
        Self {
            pem,
            strict: true,
            ..Self::default()
        }
    }

    /// Returns the certificates in PEM.
    pub fn pem(&self) -> &[String] {
        &self.pem
    }

    /// Returns the configuration to connect with.
    pub(super) fn config(&self, parameters: &TlsParameters) -> Result<Arc<ClientConfig>, TlsOptionError> {
        let kept = |configs: &[(TlsParameters, Arc<ClientConfig>)]| {
            let found = configs.iter().find(|(made_for, _)| made_for == parameters);
            found.map(|(_, config)| Arc::clone(config))
        };
        let mut configs = self.configs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = kept(&configs) {
            return Ok(config);
        }
        let config = Arc::new(self.make(parameters)?);
        if configs.len() >= MAX_CONFIGS {
            configs.remove(0);
        }
        configs.push((parameters.clone(), Arc::clone(&config)));
        Ok(config)
    }

    /// Checks that a configuration can be made with the caller's options. Does not parse Node's roots.
    pub(super) fn check(&self, parameters: &TlsParameters) -> Result<(), TlsOptionError> {
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

    fn make(&self, parameters: &TlsParameters) -> Result<ClientConfig, TlsOptionError> {
        let provider = Arc::new(ring::default_provider());
        let verifier = self.verifier(&provider, parameters.reject_unauthorized)?;
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&parameters.versions())
            .map_err(|error| TlsOptionError(format!("minVersion and maxVersion: {error}")))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match &parameters.identity {
            Some(given) => identity::present(builder, given, &provider)?,
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = parameters
            .alpn
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        config.enable_sni = parameters.server_name.as_deref() != Some("");
        if let Some(path) = &parameters.key_log {
            config.key_log = key_log::open(path).unwrap_or(config.key_log);
        }
        Ok(config)
    }

    fn verifier(&self, provider: &CryptoProvider, checks: bool) -> Result<Verifier, TlsOptionError> {
        if self.strict {
            // Invalid roots fail even if the certificate is not verified.
            self.roots()?;
        }
        let trusted = || {
            let given = self.pem.iter().filter(|_| self.strict);
            Ok(Trusted {
                roots: self.roots()?,
                given: given.flat_map(|text| pem::certificates(text)).flatten().collect(),
            })
        };
        Ok(Verifier {
            trusted: checks.then(trusted).transpose()?,
            algorithms: provider.signature_verification_algorithms,
        })
    }

    fn roots(&self) -> Result<Arc<RootCertStore>, TlsOptionError> {
        if let Some(roots) = self.roots.get() {
            return Ok(Arc::clone(roots));
        }
        let mut roots = RootCertStore::empty();
        for text in &self.pem {
            self.add(&mut roots, text)?;
        }
        // Node's list may be empty (`tls.setDefaultCACertificates([])`), and then every certificate is rejected.
        if self.strict && roots.is_empty() {
            return Err(TlsOptionError(
                "ca: there is no trusted root certificate".to_owned(),
            ));
        }
        Ok(Arc::clone(self.roots.get_or_init(|| Arc::new(roots))))
    }

    fn add(&self, roots: &mut RootCertStore, text: &str) -> Result<(), TlsOptionError> {
        let mut found = false;
        for certificate in pem::certificates(text) {
            let added = certificate
                .map_err(|error| error.to_string())
                .and_then(|der| roots.add(der).map_err(|error| error.to_string()));
            match added {
                Err(reason) if self.strict => return Err(TlsOptionError(format!("ca: {reason}"))),
                Ok(()) | Err(_) => found = true,
            }
        }
        if found || !self.strict {
            return Ok(());
        }
        let problem = match pem::chain(text) {
            Ok(chain) if !chain.is_empty() => "ca: its certificates are marked as not trusted for servers",
            _ => "ca holds no PEM certificate",
        };
        Err(TlsOptionError(problem.to_owned()))
    }
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
    fn rejects_a_ca_option_without_a_certificate() {
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
    fn only_the_ca_option_requires_a_root() {
        assert!(Trust::from_node(Vec::new()).config(&checking(false)).is_ok());
        assert!(Trust::from_node(Vec::new()).config(&checking(true)).is_ok());
        assert!(Trust::from_option(Vec::new()).config(&checking(true)).is_err());
    }

    #[test]
    fn equal_parameters_share_a_configuration() {
        let trust = Trust::default();
        let first = trust.config(&checking(false)).unwrap();
        assert!(Arc::ptr_eq(&first, &trust.config(&checking(false)).unwrap()));
        for name in 0..MAX_CONFIGS {
            let other = TlsParameters {
                server_name: Some(name.to_string()),
                ..checking(false)
            };
            assert!(!Arc::ptr_eq(&first, &trust.config(&other).unwrap()));
        }
        assert!(trust.configs.lock().unwrap().len() <= MAX_CONFIGS);
    }
}
