//! A certificate, split into its parts (RFC 5280 section 4.1) without validating them. webpki and x509-cert accept
//! strict DER only; this parser also accepts what OpenSSL does: version 1, negative serial numbers, lengths in more
//! bytes than necessary.

use rustls_pki_types::TrustAnchor;

const BIT_STRING: u8 = 0x03;
const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
const EXPLICIT_0: u8 = 0xa0;
const EXPLICIT_3: u8 = 0xa3;

/// `rsaEncryption` (RFC 8017 appendix C), with its tag and length.
pub(super) const RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];

/// A value of ASN.1: its tag, its bytes with tag and length, and those without.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) whole: &'a [u8],
    pub(super) content: &'a [u8],
}

/// Splits off the first value. Returns it and what follows it.
pub(super) fn split(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let add = |sum: usize, &digit: &u8| sum.checked_mul(256)?.checked_add(usize::from(digit));
        (digits.iter().try_fold(0, add)?, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    let whole = bytes.get(..bytes.len() - rest.len())?;
    Some((Element { tag, whole, content }, rest))
}

/// Takes the first value if it has this tag.
fn take<'a>(bytes: &mut &'a [u8], tag: u8) -> Option<Element<'a>> {
    let (element, rest) = split(bytes)?;
    if element.tag != tag {
        return None;
    }
    *bytes = rest;
    Some(element)
}

/// A public key (RFC 5280 section 4.1.2.7).
#[derive(Debug, Clone, Copy)]
pub(super) struct PublicKey<'a> {
    /// Its algorithm with parameters, without tag and length.
    pub(super) algorithm: &'a [u8],
    pub(super) bits: &'a [u8],
}

impl<'a> PublicKey<'a> {
    /// Parses the content of a `SubjectPublicKeyInfo`.
    pub(super) fn parse(mut content: &'a [u8]) -> Option<Self> {
        let algorithm = take(&mut content, SEQUENCE)?.content;
        let (_unused, bits) = take(&mut content, BIT_STRING)?.content.split_first()?;
        Some(Self { algorithm, bits })
    }

    /// Returns the key of a root.
    pub(super) fn of_root(root: &'a TrustAnchor<'_>) -> Option<Self> {
        Self::parse(&root.subject_public_key_info)
    }

    /// Returns the size of an RSA key's modulus in bits, or `None` for another key.
    pub(super) fn rsa_bits(&self) -> Option<usize> {
        if !self.algorithm.starts_with(RSA) {
            return None;
        }
        let mut numbers = split(self.bits)?.0.content;
        let modulus = take(&mut numbers, INTEGER)?.content;
        let zeros = modulus.iter().take_while(|&&byte| byte == 0).count();
        let first = modulus.get(zeros)?;
        Some((modulus.len() - zeros) * 8 - first.leading_zeros() as usize)
    }
}

/// An extension (RFC 5280 section 4.2).
#[derive(Debug, Clone, Copy)]
pub(super) struct Extension<'a> {
    /// Its identifier, without tag and length.
    pub(super) id: &'a [u8],
    pub(super) critical: bool,
    pub(super) value: &'a [u8],
}

impl<'a> Extension<'a> {
    fn parse(mut content: &'a [u8]) -> Option<Self> {
        let id = take(&mut content, 0x06)?.content;
        let critical =
            take(&mut content, 0x01).is_some_and(|flag| flag.content.iter().any(|&byte| byte != 0));
        let value = take(&mut content, 0x04)?.content;
        Some(Self { id, critical, value })
    }
}

/// The parts of a certificate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Certificate<'a> {
    /// The part that is signed.
    pub(super) signed: &'a [u8],
    /// 1, 2 or 3.
    pub(super) version: u8,
    /// Without tag and length, like the names in `TrustAnchor`.
    pub(super) issuer: &'a [u8],
    /// With tag and length.
    pub(super) validity: &'a [u8],
    pub(super) subject: Element<'a>,
    pub(super) public_key: PublicKey<'a>,
    /// Its algorithm with parameters, without tag and length.
    pub(super) signature_algorithm: &'a [u8],
    /// The same inside of `signed`.
    pub(super) inner_algorithm: &'a [u8],
    pub(super) signature: &'a [u8],
    extensions: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// Splits a certificate. Returns `None` if the bytes are not one. Ignores what follows it.
    pub(super) fn parse(der: &'a [u8]) -> Option<Self> {
        let mut outer = take(&mut &*der, SEQUENCE)?.content;
        let signed = take(&mut outer, SEQUENCE)?;
        let signature_algorithm = take(&mut outer, SEQUENCE)?.content;
        let (_unused, signature) = take(&mut outer, BIT_STRING)?.content.split_first()?;
        let mut inner = signed.content;
        let version =
            take(&mut inner, EXPLICIT_0).map_or(Some(0), |version| version.content.last().copied())?;
        take(&mut inner, INTEGER)?;
        let inner_algorithm = take(&mut inner, SEQUENCE)?.content;
        let issuer = take(&mut inner, SEQUENCE)?.content;
        let validity = take(&mut inner, SEQUENCE)?.whole;
        let subject = take(&mut inner, SEQUENCE)?;
        let public_key = PublicKey::parse(take(&mut inner, SEQUENCE)?.content)?;
        // Obsolete unique identifiers may precede the extensions.
        let mut extensions: &[u8] = &[];
        while let Some((element, rest)) = split(inner) {
            if element.tag == EXPLICIT_3 {
                extensions = split(element.content)?.0.content;
            }
            inner = rest;
        }
        Some(Self {
            signed: signed.whole,
            version: version.saturating_add(1),
            issuer,
            validity,
            subject,
            public_key,
            signature_algorithm,
            inner_algorithm,
            signature,
            extensions,
        })
    }

    /// Returns the extensions in their order, or `None` if they cannot be parsed.
    pub(super) fn extensions(&self) -> Option<Vec<Extension<'a>>> {
        let mut rest = self.extensions;
        let mut found = Vec::new();
        while !rest.is_empty() {
            found.push(Extension::parse(take(&mut rest, SEQUENCE)?.content)?);
        }
        Some(found)
    }

    /// Whether issuer and subject are the same.
    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject.content
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject as _;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn real() -> CertificateDer<'static> {
        // Tests run in parallel, so each call has a folder of its own.
        static CALLS: AtomicU32 = AtomicU32::new(0);
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        let name = format!("websocket-rs-certificate-{}-{call}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        websocket_rs_peer::write_certificates(&folder).unwrap();
        let read = CertificateDer::from_pem_file(folder.join("server.pem")).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        read
    }

    #[test]
    fn splits_a_certificate() {
        let der = real();
        let certificate = Certificate::parse(&der).unwrap();
        assert_eq!(certificate.version, 3);
        assert!(!certificate.is_self_issued());
        assert_eq!(certificate.inner_algorithm, certificate.signature_algorithm);
        assert_eq!(
            certificate.public_key.bits.first(),
            Some(&4),
            "an uncompressed point"
        );
        assert!(
            certificate
                .extensions()
                .unwrap()
                .iter()
                .any(|extension| extension.id == [0x55, 0x1d, 0x11])
        );
    }

    #[test]
    fn never_panics_on_truncated_or_changed_bytes() {
        let der = real();
        for length in 0..der.len() {
            assert!(Certificate::parse(&der[..length]).is_none());
        }
        for at in 0..der.len() {
            for change in [0x01, 0x7f, 0x80, 0xff] {
                let mut changed = der.to_vec();
                changed[at] ^= change;
                if let Some(certificate) = Certificate::parse(&changed) {
                    certificate.extensions();
                    certificate.public_key.rsa_bits();
                }
            }
        }
    }

    #[test]
    fn rejects_huge_lengths() {
        assert!(split(&[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).is_none());
        assert!(split(&[0x30, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0]).is_none());
        let (element, rest) = split(&[0x30, 0x83, 0, 0, 1, 7, 8]).unwrap();
        assert_eq!((element.content, rest), (&[7][..], &[8][..]));
    }
}
