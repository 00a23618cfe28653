//! Certificates and keys in PEM (RFC 7468) as OpenSSL, and so Node, parses them: also after a byte order mark, under
//! OpenSSL's own labels, and followed by its trust settings.

use super::certificate::split;
use rustls_pki_types::pem::{Error, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// The byte order mark U+FEFF, and its UTF-8 bytes read as Latin-1.
const MARKS: [&str; 2] = ["\u{feff}", "\u{ef}\u{bb}\u{bf}"];

/// OpenSSL's other labels of certificates. The first one has trust settings after the certificate.
const OTHER_LABELS: [&str; 2] = ["TRUSTED CERTIFICATE", "X509 CERTIFICATE"];

/// `id-kp-serverAuth` and `anyExtendedKeyUsage` (RFC 5280 section 4.2.1.12), with tag and length.
const FOR_SERVERS: [&[u8]; 2] = [
    &[0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 3, 1],
    &[0x06, 0x04, 0x55, 0x1d, 0x25, 0],
];

/// Returns the certificates in a text, without those that are not trusted for servers.
pub(super) fn certificates(text: &str) -> impl Iterator<Item = Result<CertificateDer<'static>, Error>> {
    all(text)
        .filter(|read| {
            read.as_ref()
                .map_or(true, |(_, settings)| is_for_servers(settings))
        })
        .map(|read| read.map(|(certificate, _)| certificate))
}

/// Returns the certificates in a text, whatever their trust settings.
pub(super) fn chain(text: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    all(text)
        .map(|read| read.map(|(certificate, _)| certificate))
        .collect()
}

/// Returns the first private key in a text.
pub(super) fn key(text: &str) -> Result<PrivateKeyDer<'static>, Error> {
    PrivateKeyDer::from_pem_slice(plain(text).as_bytes())
}

/// Returns certificates with their trust settings.
fn all(text: &str) -> impl Iterator<Item = Result<(CertificateDer<'static>, Vec<u8>), Error>> {
    let read: Vec<_> = CertificateDer::pem_slice_iter(plain(text).as_bytes()).collect();
    read.into_iter()
        .map(|der| der.map(|der| cut(&der).unwrap_or_else(|| (der, Vec::new()))))
}

fn cut(der: &[u8]) -> Option<(CertificateDer<'static>, Vec<u8>)> {
    let (certificate, settings) = split(der)?;
    Some((certificate.whole.to_vec().into(), settings.to_vec()))
}

/// Returns the text with the labels of RFC 7468, without marks and without blanks at the ends of lines.
fn plain(text: &str) -> String {
    let mut lines = String::with_capacity(text.len() + 1);
    for line in text.split('\n') {
        let line = MARKS
            .iter()
            .find_map(|mark| line.strip_prefix(mark))
            .unwrap_or(line)
            .trim_end();
        match OTHER_LABELS.iter().find(|label| line.contains(*label)) {
            Some(label) if line.starts_with("-----") => lines.push_str(&line.replace(label, "CERTIFICATE")),
            _ => lines.push_str(line),
        }
        lines.push('\n');
    }
    lines
}

/// Whether trust settings (OpenSSL's `X509_CERT_AUX`: a list of trusted uses, and one of rejected uses) permit a
/// certificate for servers. Settings that cannot be parsed permit it.
fn is_for_servers(settings: &[u8]) -> bool {
    let mut rest = split(settings)
        .map(|(settings, _)| settings.content)
        .unwrap_or_default();
    let (mut trusted, mut rejected) = (true, false);
    while let Some((list, behind)) = split(rest) {
        match list.tag {
            0x30 => trusted = names_servers(list.content),
            0xa0 => rejected = names_servers(list.content),
            _ => {}
        }
        rest = behind;
    }
    trusted && !rejected
}

fn names_servers(mut uses: &[u8]) -> bool {
    while let Some((one, rest)) = split(uses) {
        if FOR_SERVERS.contains(&one.whole) {
            return true;
        }
        uses = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: &str = "CERTIFICATE";

    fn armoured(label: &str) -> String {
        // An empty SEQUENCE is sufficient as a certificate here.
        format!("-----BEGIN {label}-----\r\nMAA=\r\n-----END {label}-----\r\n")
    }

    #[test]
    fn parses_certificates_under_all_labels_and_after_marks() {
        for label in [LABEL, "X509 CERTIFICATE", "TRUSTED CERTIFICATE"] {
            for mark in ["", "text before\n", "\u{feff}", "\u{ef}\u{bb}\u{bf}"] {
                let text = format!("{mark}{}between\n{mark}{}", armoured(label), armoured(label));
                let read: Vec<_> = certificates(&text).map(Result::unwrap).collect();
                assert_eq!(read, [vec![0x30, 0].into(), vec![0x30, 0].into()], "{text:?}");
                assert_eq!(chain(&text).unwrap(), read);
            }
        }
        assert_eq!(certificates(&armoured("X509 CRL")).count(), 0);
    }

    #[test]
    fn parses_keys_after_marks() {
        let text = format!("\u{feff}{}", armoured("PRIVATE KEY"));
        assert!(key(&text).is_ok());
        assert!(key("none").is_err());
    }

    #[test]
    fn trust_settings_decide_about_servers() {
        let [server, any] = FOR_SERVERS;
        let client: &[u8] = &[0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 3, 2];
        let wrap = |tag: u8, content: &[u8]| {
            let length = u8::try_from(content.len()).unwrap();
            [&[tag, length], content].concat()
        };
        let settings = |content: &[u8]| wrap(0x30, content);
        assert!(is_for_servers(&[]));
        assert!(is_for_servers(&settings(&[])));
        assert!(is_for_servers(&settings(&wrap(0x30, server))));
        assert!(is_for_servers(&settings(&wrap(0x30, &[client, any].concat()))));
        assert!(!is_for_servers(&settings(&wrap(0x30, client))));
        assert!(!is_for_servers(&settings(&wrap(0xa0, server))));
        assert!(is_for_servers(&settings(&wrap(0xa0, client))));
        assert!(!is_for_servers(&settings(
            &[wrap(0x30, server), wrap(0xa0, any)].concat()
        )));
    }
}
