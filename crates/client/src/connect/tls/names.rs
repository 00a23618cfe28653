//! The check of a certificate's names against the host. If webpki rejects them, Node's rule decides:
//! `tls.checkServerIdentity` uses the subject's common name if the certificate has no DNS name.

use super::certificate::Certificate;
use super::usage::ALT_NAME;
use crate::error::TlsFailure;
use rustls::Error;
use rustls::client::verify_server_name;
use rustls::server::ParsedCertificate;
use rustls_pki_types::{CertificateDer, ServerName};
use x509_cert::der::asn1::{Any, ObjectIdentifier};
use x509_cert::der::{Decode as _, Tag, Tagged as _};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

/// `commonName` (RFC 5280 appendix A.1).
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

pub(super) fn check(
    der: &CertificateDer<'_>,
    certificate: &Certificate<'_>,
    name: &ServerName<'_>,
) -> Result<(), Error> {
    let judged = ParsedCertificate::try_from(der).and_then(|parsed| verify_server_name(&parsed, name));
    if judged.is_ok() {
        return Ok(());
    }
    let names = names_of(certificate);
    let host = name.to_str();
    let matched = matches!(name, ServerName::DnsName(_)) && names.iter().any(|name| matches(&host, name));
    if matched {
        return Ok(());
    }
    let names = if names.is_empty() {
        "it has no DNS name".to_owned()
    } else {
        format!("its names are {}", names.join(", "))
    };
    let message = format!("the certificate is not valid for {host}: {names}");
    Err(TlsFailure::new("ERR_TLS_CERT_ALTNAME_INVALID", message).into())
}

/// Returns the DNS names of a certificate, or its common names if it has none.
fn names_of(certificate: &Certificate<'_>) -> Vec<String> {
    let Some(extensions) = certificate.extensions() else {
        return Vec::new();
    };
    if let Some(extension) = extensions.iter().find(|extension| extension.id == ALT_NAME) {
        // If the names cannot be parsed, it is unknown whether the common name may be used.
        let Ok(SubjectAltName(names)) = SubjectAltName::from_der(extension.value) else {
            return Vec::new();
        };
        let dns: Vec<_> = names.iter().filter_map(dns_name).collect();
        if !dns.is_empty() {
            return dns;
        }
    }
    let subject = RdnSequence::from_der(certificate.subject.whole).unwrap_or_default();
    let attributes = subject.iter().flat_map(RelativeDistinguishedName::iter);
    attributes
        .filter(|attribute| attribute.oid == COMMON_NAME)
        .filter_map(|attribute| text(&attribute.value))
        .collect()
}

fn dns_name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        _ => None,
    }
}

/// Returns the string of an attribute, or `None` if its type has characters of several bytes, which no host name needs.
fn text(value: &Any) -> Option<String> {
    let is_text = matches!(
        value.tag(),
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::TeletexString
    );
    is_text.then(|| String::from_utf8(value.value().to_vec()).ok())?
}

/// Whether a host matches a name by Node's rules: the first label may have one wildcard, alone or within it.
fn matches(host: &str, pattern: &str) -> bool {
    let labels = |name: &str| -> Vec<String> {
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        name.split('.').map(str::to_owned).collect()
    };
    let (host, pattern) = (labels(host), labels(pattern));
    let is_plain = |label: &String| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_graphic());
    if !pattern.iter().all(is_plain) {
        return false;
    }
    let (Some((host, host_rest)), Some((first, rest))) = (host.split_first(), pattern.split_first()) else {
        return false;
    };
    if host_rest != rest {
        return false;
    }
    match first.split_once('*') {
        Some((before, after)) if !first.contains("xn--") => {
            rest.len() > 1
                && !after.contains('*')
                && before.len() + after.len() <= host.len()
                && host.starts_with(before)
                && host.ends_with(after)
        }
        _ => host == first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_names_like_node() {
        for (host, pattern) in [
            ("localhost", "localhost"),
            ("LOCALHOST.", "localhost"),
            ("a.example.com", "*.example.com"),
            ("foo.example.com", "f*.example.com"),
            ("foo.example.com", "f*o.Example.com."),
        ] {
            assert!(matches(host, pattern), "{host} {pattern}");
        }
        for (host, pattern) in [
            ("localhost", "localhost2"),
            ("localhost", "*"),
            ("example.com", "*.com"),
            ("a.b.example.com", "*.example.com"),
            ("example.com", "*.example.com"),
            ("a.example.com", "a.*.com"),
            ("foo.example.com", "f*o*.example.com"),
            ("fo.example.com", "fo*o.example.com"),
            ("xn--a.example.com", "xn--*.example.com"),
            ("a.example.com", "a..example.com"),
            ("localhost", "localhost\0"),
            ("localhost", ""),
        ] {
            assert!(!matches(host, pattern), "{host} {pattern}");
        }
    }
}
