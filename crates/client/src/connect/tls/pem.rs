//! Certificates and keys in PEM (RFC 7468) as OpenSSL, and so Node, reads them: after a byte order mark, under OpenSSL's
//! other labels, and followed by its trust settings.

use super::certificate::split;
use rustls_pki_types::pem::{Error, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// U+FEFF, and its UTF-8 bytes read as Latin-1.
const MARKS: [&str; 2] = ["\u{feff}", "\u{ef}\u{bb}\u{bf}"];

/// What OpenSSL calls certificates besides; the first with notes behind them.
const OTHER_LABELS: [&str; 2] = ["TRUSTED CERTIFICATE", "X509 CERTIFICATE"];

/// `id-kp-serverAuth` and `anyExtendedKeyUsage` (RFC 5280 section 4.2.1.12), with tag and length.
const FOR_SERVERS: [&[u8]; 2] = [
    &[0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 3, 1],
    &[0x06, 0x04, 0x55, 0x1d, 0x25, 0],
];

/// The certificates of a text, without those whose notes say that they are not for servers.
pub(super) fn certificates(text: &str) -> impl Iterator<Item = Result<CertificateDer<'static>, Error>> {
    all(text)
        .filter(|read| read.as_ref().map_or(true, |(_, notes)| is_for_servers(notes)))
        .map(|read| read.map(|(certificate, _)| certificate))
}

/// The certificates of a text, whatever their notes say.
pub(super) fn chain(text: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    all(text)
        .map(|read| read.map(|(certificate, _)| certificate))
        .collect()
}

/// The first private key of a text.
pub(super) fn key(text: &str) -> Result<PrivateKeyDer<'static>, Error> {
    PrivateKeyDer::from_pem_slice(plain(text).as_bytes())
}

/// Certificates with the notes behind them.
fn all(text: &str) -> impl Iterator<Item = Result<(CertificateDer<'static>, Vec<u8>), Error>> {
    let read: Vec<_> = CertificateDer::pem_slice_iter(plain(text).as_bytes()).collect();
    read.into_iter()
        .map(|der| der.map(|der| cut(&der).unwrap_or_else(|| (der, Vec::new()))))
}

fn cut(der: &[u8]) -> Option<(CertificateDer<'static>, Vec<u8>)> {
    let (certificate, notes) = split(der)?;
    Some((certificate.whole.to_vec().into(), notes.to_vec()))
}

/// The text with the labels of RFC 7468, without marks and without blanks at the ends of lines.
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

/// Whether notes (`X509_CERT_AUX` of OpenSSL) let a certificate be used for servers: a list of uses it is trusted for,
/// and one of those it is rejected for. Notes that cannot be read let it be.
fn is_for_servers(notes: &[u8]) -> bool {
    let mut rest = split(notes).map(|(notes, _)| notes.content).unwrap_or_default();
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
        // An empty SEQUENCE, which will do for a certificate here.
        format!("-----BEGIN {label}-----\r\nMAA=\r\n-----END {label}-----\r\n")
    }

    #[test]
    fn certificates_are_read_under_all_their_names_and_behind_marks() {
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
    fn keys_are_read_behind_marks() {
        let text = format!("\u{feff}{}", armoured("PRIVATE KEY"));
        assert!(key(&text).is_ok());
        assert!(key("none").is_err());
    }

    #[test]
    fn notes_say_what_a_certificate_is_for() {
        let [server, any] = FOR_SERVERS;
        let client: &[u8] = &[0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 3, 2];
        let wrap = |tag: u8, content: &[u8]| {
            let length = u8::try_from(content.len()).unwrap();
            [&[tag, length], content].concat()
        };
        let notes = |content: &[u8]| wrap(0x30, content);
        assert!(is_for_servers(&[]));
        assert!(is_for_servers(&notes(&[])));
        assert!(is_for_servers(&notes(&wrap(0x30, server))));
        assert!(is_for_servers(&notes(&wrap(0x30, &[client, any].concat()))));
        assert!(!is_for_servers(&notes(&wrap(0x30, client))));
        assert!(!is_for_servers(&notes(&wrap(0xa0, server))));
        assert!(is_for_servers(&notes(&wrap(0xa0, client))));
        assert!(!is_for_servers(&notes(
            &[wrap(0x30, server), wrap(0xa0, any)].concat()
        )));
    }
}
