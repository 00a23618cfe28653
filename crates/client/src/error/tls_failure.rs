//! TLS failures, with the codes that Node and OpenSSL use, so that one `catch` handles both stacks.

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, OtherError};
use rustls::{PeerIncompatible, PeerMisbehaved};
use std::fmt;
use std::io;
use std::sync::Arc;

/// A TLS failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsFailure {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl TlsFailure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message }
    }

    /// Returns the TLS failure in an I/O error, or `None` if the error is the socket's.
    pub(crate) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().map(Self::from)
    }
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TlsFailure {}

/// Wraps the result of a certificate check for rustls, which returns it unchanged.
impl From<TlsFailure> for Error {
    fn from(reason: TlsFailure) -> Self {
        CertificateError::Other(OtherError(Arc::new(reason))).into()
    }
}

impl From<&Error> for TlsFailure {
    fn from(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => {
                inner.downcast_ref().cloned().unwrap_or_else(|| {
                    let code = inner.downcast_ref().map_or("UNSPECIFIED", webpki_code);
                    Self::new(code, format!("the certificate chain was rejected: {inner}"))
                })
            }
            Error::InvalidCertificate(reason) => {
                Self::new(certificate_code(reason), certificate_message(reason))
            }
            Error::AlertReceived(alert) => Self::new(alert_code(*alert), alert_message(*alert)),
            other => Self::new(code(other), other.to_string()),
        }
    }
}

fn code(error: &Error) -> &'static str {
    match error {
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
        ) => "ERR_SSL_WRONG_VERSION_NUMBER",
        Error::InvalidMessage(InvalidMessage::MessageTooLarge) | Error::PeerSentOversizedRecord => {
            "ERR_SSL_PACKET_LENGTH_TOO_LONG"
        }
        Error::InvalidMessage(_) => "ERR_SSL_BAD_RECORD_TYPE",
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            "ERR_SSL_UNEXPECTED_MESSAGE"
        }
        Error::DecryptError => "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
        Error::PeerIncompatible(reason) => incompatible_code(reason),
        Error::PeerMisbehaved(reason) => misbehaved_code(reason),
        Error::NoCertificatesPresented => "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE",
        Error::NoApplicationProtocol => "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
        _ => "ERR_SSL_PROTOCOL_ERROR",
    }
}

fn incompatible_code(reason: &PeerIncompatible) -> &'static str {
    match reason {
        PeerIncompatible::NoSignatureSchemesInCommon
        | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => {
            "ERR_SSL_NO_SHARED_SIGNATURE_ALGORITHMS"
        }
        PeerIncompatible::NoCipherSuitesInCommon => "ERR_SSL_NO_SHARED_CIPHER",
        PeerIncompatible::NoKxGroupsInCommon => "ERR_SSL_NO_SHARED_GROUPS",
        _ => "ERR_SSL_UNSUPPORTED_PROTOCOL",
    }
}

fn misbehaved_code(reason: &PeerMisbehaved) -> &'static str {
    match reason {
        PeerMisbehaved::TooManyRenegotiationRequests => "ERR_SSL_NO_RENEGOTIATION",
        PeerMisbehaved::TooManyKeyUpdateRequests => "ERR_SSL_TOO_MANY_KEY_UPDATES",
        PeerMisbehaved::TooManyWarningAlertsReceived => "ERR_SSL_TOO_MANY_WARN_ALERTS",
        PeerMisbehaved::SelectedUnofferedCipherSuite
        | PeerMisbehaved::SelectedUnusableCipherSuiteForVersion => "ERR_SSL_WRONG_CIPHER_RETURNED",
        PeerMisbehaved::SelectedUnofferedKxGroup => "ERR_SSL_WRONG_CURVE",
        PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme
        | PeerMisbehaved::SignedKxWithWrongAlgorithm => "ERR_SSL_WRONG_SIGNATURE_TYPE",
        _ => "ERR_SSL_PROTOCOL_ERROR",
    }
}

fn certificate_code(reason: &CertificateError) -> &'static str {
    match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "CERT_HAS_EXPIRED",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "CERT_NOT_YET_VALID",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "ERR_TLS_CERT_ALTNAME_INVALID"
        }
        CertificateError::Revoked => "CERT_REVOKED",
        CertificateError::BadSignature => "CERT_SIGNATURE_FAILURE",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "INVALID_PURPOSE"
        }
        CertificateError::UnknownIssuer => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        // Node's code for everything without a code of its own.
        _ => "UNSPECIFIED",
    }
}

/// Returns the code for an error of webpki that rustls has no name for.
fn webpki_code(error: &webpki::Error) -> &'static str {
    match error {
        webpki::Error::EndEntityUsedAsCa | webpki::Error::UnsupportedCertVersion => "INVALID_PURPOSE",
        webpki::Error::SignatureAlgorithmMismatch => "CERT_SIGNATURE_FAILURE",
        webpki::Error::PathLenConstraintViolated => "PATH_LENGTH_EXCEEDED",
        _ => "UNSPECIFIED",
    }
}

fn certificate_message(reason: &CertificateError) -> String {
    match reason {
        CertificateError::BadSignature => "a signature does not match the expected key".to_owned(),
        CertificateError::BadEncoding => "the certificate cannot be parsed".to_owned(),
        other => other.to_string(),
    }
}

fn alert_code(alert: AlertDescription) -> &'static str {
    use AlertDescription as Alert;
    match alert {
        Alert::UnexpectedMessage => "ERR_SSL_SSLV3_ALERT_UNEXPECTED_MESSAGE",
        Alert::BadRecordMac => "ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC",
        Alert::DecryptionFailed => "ERR_SSL_TLSV1_ALERT_DECRYPTION_FAILED",
        Alert::RecordOverflow => "ERR_SSL_TLSV1_ALERT_RECORD_OVERFLOW",
        Alert::DecompressionFailure => "ERR_SSL_SSLV3_ALERT_DECOMPRESSION_FAILURE",
        Alert::NoCertificate => "ERR_SSL_SSLV3_ALERT_NO_CERTIFICATE",
        Alert::BadCertificate => "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
        Alert::UnsupportedCertificate => "ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        Alert::CertificateRevoked => "ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED",
        Alert::CertificateExpired => "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
        Alert::CertificateUnknown => "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        Alert::IllegalParameter => "ERR_SSL_SSLV3_ALERT_ILLEGAL_PARAMETER",
        Alert::UnknownCA => "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
        Alert::AccessDenied => "ERR_SSL_TLSV1_ALERT_ACCESS_DENIED",
        Alert::DecodeError => "ERR_SSL_TLSV1_ALERT_DECODE_ERROR",
        Alert::DecryptError => "ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR",
        Alert::ExportRestriction => "ERR_SSL_TLSV1_ALERT_EXPORT_RESTRICTION",
        Alert::ProtocolVersion => "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
        Alert::InsufficientSecurity => "ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY",
        Alert::InternalError => "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR",
        Alert::InappropriateFallback => "ERR_SSL_TLSV1_ALERT_INAPPROPRIATE_FALLBACK",
        Alert::UserCanceled => "ERR_SSL_TLSV1_ALERT_USER_CANCELLED",
        Alert::NoRenegotiation => "ERR_SSL_TLSV1_ALERT_NO_RENEGOTIATION",
        Alert::MissingExtension => "ERR_SSL_TLSV13_ALERT_MISSING_EXTENSION",
        Alert::UnsupportedExtension => "ERR_SSL_TLSV1_UNSUPPORTED_EXTENSION",
        Alert::UnrecognisedName => "ERR_SSL_TLSV1_UNRECOGNIZED_NAME",
        Alert::CertificateRequired => "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
        Alert::NoApplicationProtocol => "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
        _ => "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
    }
}

fn alert_message(alert: AlertDescription) -> String {
    let hint = match alert {
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
            ": it may have no cipher suite, key exchange or key type in common with rustls, or require a client \
                certificate or a renegotiation"
        }
        AlertDescription::ProtocolVersion => ": it supports none of the offered versions of TLS",
        _ => "",
    };
    format!("the server sent the TLS alert {alert:?}{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_the_codes_of_node_for_certificates() {
        let code = |reason| TlsFailure::from(&Error::InvalidCertificate(reason)).code;
        assert_eq!(code(CertificateError::Expired), "CERT_HAS_EXPIRED");
        assert_eq!(
            code(CertificateError::UnknownIssuer),
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
        );
        assert_eq!(
            code(CertificateError::NotValidForName),
            "ERR_TLS_CERT_ALTNAME_INVALID"
        );
    }

    #[test]
    fn rustls_returns_a_failure_unchanged() {
        let reason = TlsFailure::new("ERR_SSL_EE_KEY_TOO_SMALL", "too small");
        assert_eq!(TlsFailure::from(&Error::from(reason.clone())), reason);
        let error = io::Error::new(io::ErrorKind::InvalidData, Error::from(reason.clone()));
        assert_eq!(TlsFailure::of(&error), Some(reason));
        assert_eq!(TlsFailure::of(&io::ErrorKind::UnexpectedEof.into()), None);
    }
}
