//! Path building for server certificates that Node accepts and webpki does not: those of version 1 or 2, those of
//! authorities, and those that are not strict DER. webpki verifies all others.
//!
//! Stricter than RFC 5280 section 6: intermediate authorities must be of version 3 and must not have a critical
//! extension that is not checked here, and chains with name constraints are rejected.

use super::certificate::{Certificate, PublicKey};
use super::support::{Algorithms, is_signed_by};
use super::usage::{Usage, check_time, constrained};
use rustls::{CertificateError, Error, RootCertStore};
use rustls_pki_types::{CertificateDer, UnixTime};

/// Most authorities between the certificate and the root.
const LONGEST: usize = 6;

/// Most signatures that are verified for one certificate, however many certificates were sent with it.
const MAX_SIGNATURES: usize = 100;

/// Whether webpki rejects the certificate because of its form.
pub(super) fn is_needed(certificate: &Certificate<'_>, error: &Error) -> bool {
    *error == Error::InvalidCertificate(CertificateError::BadEncoding)
        || certificate.version < 3
        || Usage::of(certificate).is_some_and(|usage| usage.is_authority())
}

/// Finds a path to one of the roots.
pub(super) fn find(
    certificate: &Certificate<'_>,
    others: &[CertificateDer<'_>],
    roots: &RootCertStore,
    now: UnixTime,
    algorithms: Algorithms,
) -> Result<(), Error> {
    let others: Vec<_> = others.iter().filter_map(|der| Certificate::parse(der)).collect();
    let mut search = Search {
        others: &others,
        roots,
        now,
        algorithms,
        signatures: 0,
        first_error: None,
    };
    if search.climb(certificate, 0) {
        return Ok(());
    }
    Err(search
        .first_error
        .unwrap_or(CertificateError::UnknownIssuer.into()))
}

struct Search<'a> {
    others: &'a [Certificate<'a>],
    roots: &'a RootCertStore,
    now: UnixTime,
    algorithms: Algorithms,
    signatures: usize,
    /// Why the first rejected path was rejected.
    first_error: Option<Error>,
}

impl Search<'_> {
    /// Whether a path leads from this certificate to a root. `below` is the number of authorities below it.
    fn climb(&mut self, certificate: &Certificate<'_>, below: usize) -> bool {
        let roots = self.roots.roots.iter();
        for root in roots.filter(|root| *root.subject == *certificate.issuer) {
            let key = PublicKey::of_root(root);
            if !key.is_some_and(|key| self.is_signed_by(certificate, &key)) {
                continue;
            }
            if root.name_constraints.is_none() {
                return true;
            }
            self.first_error.get_or_insert_with(|| constrained().into());
        }
        if below == LONGEST {
            return false;
        }
        let others = self.others.iter();
        for other in others.filter(|other| other.subject.content == certificate.issuer) {
            if !self.is_signed_by(certificate, &other.public_key) {
                continue;
            }
            match self.check_authority(other, below) {
                Ok(()) if self.climb(other, below + 1) => return true,
                Ok(()) => {}
                Err(error) => {
                    self.first_error.get_or_insert(error);
                }
            }
        }
        false
    }

    fn check_authority(&self, authority: &Certificate<'_>, below: usize) -> Result<(), Error> {
        check_time(authority, self.now)?;
        let usage = Usage::of(authority).ok_or(CertificateError::BadEncoding)?;
        Ok(usage.check_authority(below)?)
    }

    fn is_signed_by(&mut self, certificate: &Certificate<'_>, key: &PublicKey<'_>) -> bool {
        self.signatures += 1;
        self.signatures <= MAX_SIGNATURES && is_signed_by(certificate, key, self.algorithms)
    }
}
