//! The permitted uses of a certificate and its validity (RFC 5280 sections 4.1.2.5 and 4.2.1), by the rules of OpenSSL.

use super::certificate::{Certificate, Extension};
use crate::error::TlsFailure;
use rustls::{CertificateError, Error};
use rustls_pki_types::UnixTime;
use x509_cert::der::Decode;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use x509_cert::time::Validity;

// Identifiers of extensions (RFC 5280 section 4.2.1), without tag and length.
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
pub(super) const ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x1e];
const POLICIES: &[u8] = &[0x55, 0x1d, 0x20];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];

/// Extensions that may be critical, because they are checked here or, in the case of policies, restrict nothing.
const KNOWN: [&[u8]; 6] = [
    KEY_USAGE,
    ALT_NAME,
    BASIC_CONSTRAINTS,
    NAME_CONSTRAINTS,
    POLICIES,
    EXTENDED_KEY_USAGE,
];

/// `id-kp-serverAuth` (RFC 5280 section 4.2.1.12).
const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");

/// The extensions of a certificate about its use.
pub(super) struct Usage {
    constraints: Option<BasicConstraints>,
    key: Option<KeyUsage>,
    extended: Option<ExtendedKeyUsage>,
    names_constrained: bool,
    has_unknown: bool,
}

impl Usage {
    /// Parses the extensions. Returns `None` if that fails.
    pub(super) fn of(certificate: &Certificate<'_>) -> Option<Self> {
        let extensions = certificate.extensions()?;
        let is_known = |extension: &&Extension<'_>| KNOWN.contains(&extension.id);
        Some(Self {
            // Certificates before version 3 cannot state that they are an authority.
            constraints: read(&extensions, BASIC_CONSTRAINTS)
                .ok()?
                .filter(|_| certificate.version == 3),
            key: read(&extensions, KEY_USAGE).ok()?,
            extended: read(&extensions, EXTENDED_KEY_USAGE).ok()?,
            names_constrained: extensions
                .iter()
                .any(|extension| extension.id == NAME_CONSTRAINTS),
            has_unknown: extensions
                .iter()
                .filter(|extension| extension.critical)
                .any(|extension| !is_known(&extension)),
        })
    }

    /// Whether the certificate may sign others.
    pub(super) fn is_authority(&self) -> bool {
        self.constraints
            .as_ref()
            .is_some_and(|constraints| constraints.ca)
    }

    fn is_for_servers(&self) -> bool {
        let purposes = self.extended.as_ref().map(|ExtendedKeyUsage(purposes)| purposes);
        purposes.is_none_or(|purposes| purposes.contains(&SERVER_AUTH))
    }

    /// Checks that a server may use the certificate.
    pub(super) fn check_server(&self) -> Result<(), TlsFailure> {
        if self.has_unknown {
            return Err(unknown_extension());
        }
        let may_be_used =
            |usage: &KeyUsage| usage.digital_signature() || usage.key_encipherment() || usage.key_agreement();
        if self.is_for_servers() && self.key.as_ref().is_none_or(may_be_used) {
            return Ok(());
        }
        Err(TlsFailure::new(
            "INVALID_PURPOSE",
            "the permitted uses of the certificate exclude servers",
        ))
    }

    /// Checks that the certificate may sign others, with `below` authorities below it.
    pub(super) fn check_authority(&self, below: usize) -> Result<(), TlsFailure> {
        let Some(constraints) = self.constraints.as_ref().filter(|constraints| constraints.ca) else {
            return Err(TlsFailure::new(
                "INVALID_PURPOSE",
                "a certificate in the chain is not a certificate authority",
            ));
        };
        if constraints
            .path_len_constraint
            .is_some_and(|most| usize::from(most) < below)
        {
            return Err(TlsFailure::new(
                "PATH_LENGTH_EXCEEDED",
                "the chain is longer than one of its authorities allows",
            ));
        }
        if self.key.as_ref().is_some_and(|usage| !usage.key_cert_sign()) {
            return Err(TlsFailure::new(
                "UNSPECIFIED",
                "an authority in the chain must not sign certificates",
            ));
        }
        if !self.is_for_servers() {
            return Err(TlsFailure::new(
                "INVALID_PURPOSE",
                "the permitted uses of an authority exclude servers",
            ));
        }
        if self.has_unknown {
            return Err(unknown_extension());
        }
        if self.names_constrained {
            return Err(constrained());
        }
        Ok(())
    }
}

/// Parses an extension, if any. It must not occur twice.
fn read<T: for<'a> Decode<'a>>(
    extensions: &[Extension<'_>],
    id: &[u8],
) -> Result<Option<T>, CertificateError> {
    let mut found = extensions.iter().filter(|extension| extension.id == id);
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some(extension), None) => T::from_der(extension.value)
            .map(Some)
            .map_err(|_| CertificateError::BadEncoding),
        _ => Err(CertificateError::BadEncoding),
    }
}

fn unknown_extension() -> TlsFailure {
    TlsFailure::new("UNSPECIFIED", "a certificate has an unknown critical extension")
}

/// Returns the error for a chain with name constraints.
pub(super) fn constrained() -> TlsFailure {
    let message = "an authority in the chain has name constraints, which are not checked for a certificate of \
        version 1 or of an authority";
    TlsFailure::new("UNSPECIFIED", message)
}

/// Checks that a certificate is valid at this time.
pub(super) fn check_time(certificate: &Certificate<'_>, now: UnixTime) -> Result<(), Error> {
    let validity: Validity =
        Validity::from_der(certificate.validity).map_err(|_| CertificateError::BadEncoding)?;
    if now.as_secs() < validity.not_before.to_unix_duration().as_secs() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now.as_secs() > validity.not_after.to_unix_duration().as_secs() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

/// Checks that a server may use this certificate now.
pub(super) fn check_server(certificate: &Certificate<'_>, now: UnixTime) -> Result<(), Error> {
    check_time(certificate, now)?;
    let usage = Usage::of(certificate).ok_or(CertificateError::BadEncoding)?;
    Ok(usage.check_server()?)
}
