//! The codes Node gives for TLS failures, so that one `catch` serves both stacks.

use rustls::{AlertDescription, CertificateError, Error};

/// Node's (OpenSSL's) code for a rustls error.
pub(super) fn code_for(error: &Error) -> &'static str {
    match error {
        Error::InvalidCertificate(reason) => certificate_code(reason),
        Error::AlertReceived(alert) => alert_code(*alert),
        Error::PeerIncompatible(_) => "ERR_SSL_UNSUPPORTED_PROTOCOL",
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => "ERR_SSL_WRONG_VERSION_NUMBER",
        Error::NoCertificatesPresented => "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE",
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
        // What `openssl req -x509` makes: its own authority. webpki tells it in this way only.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "DEPTH_ZERO_SELF_SIGNED_CERT"
        }
        _ => "CERT_REJECTED",
    }
}

fn alert_code(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::ProtocolVersion => "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
        AlertDescription::CertificateRequired => "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
        AlertDescription::UnknownCA => "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
        AlertDescription::UnrecognisedName => "ERR_SSL_TLSV1_UNRECOGNIZED_NAME",
        AlertDescription::NoApplicationProtocol => "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
        _ => "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificate_failures_have_their_node_codes() {
        let code = |reason| code_for(&Error::InvalidCertificate(reason));
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
}
