//! Node's codes for I/O errors, such as `ECONNREFUSED`.
//!
//! Node's own names (`util.getSystemErrorName`) are not used: many of these errors come from Tokio or rustls without an
//! `errno`, and `errno` differs between platforms while these codes do not.

use super::relay_error::RelayError;
use super::tls_failure::TlsFailure;
use std::borrow::Cow;
use std::io;

/// Returns the code that Node uses for this error, the same on every platform.
pub(crate) fn io_code(error: &io::Error) -> Cow<'static, str> {
    match relay_error(error) {
        Some(error) => error.code.clone().into(),
        None => own_code(error).into(),
    }
}

/// Returns the error of a stream that the caller carries.
fn relay_error(error: &io::Error) -> Option<&RelayError> {
    error.get_ref()?.downcast_ref()
}

/// Returns the error of a stream that the caller carries, if it is one of TLS.
pub(crate) fn relay_tls_failure(error: &io::Error) -> Option<&RelayError> {
    relay_error(error).filter(|error| !is_io_code(&error.code))
}

/// Whether a code of a stream says that it was lost, as opposed to a failure of TLS.
pub(crate) fn is_io_code(code: &str) -> bool {
    let errno = code.strip_prefix('E');
    errno.is_some_and(|name| !name.starts_with("RR_") && name != "PROTO")
}

/// Whether a code is one of a failed lookup.
pub(crate) fn is_resolver_code(code: &str) -> bool {
    code == "ENOTFOUND" || code.starts_with("EAI_")
}

fn own_code(error: &io::Error) -> &'static str {
    use io::ErrorKind as Kind;
    if let Some(reason) = TlsFailure::of(error) {
        return reason.code;
    }
    if let Some(name) = error.raw_os_error().and_then(system_name) {
        return name;
    }
    match error.kind() {
        Kind::ConnectionRefused => "ECONNREFUSED",
        Kind::ConnectionReset | Kind::UnexpectedEof => "ECONNRESET",
        Kind::ConnectionAborted => "ECONNABORTED",
        Kind::HostUnreachable => "EHOSTUNREACH",
        Kind::NetworkUnreachable => "ENETUNREACH",
        Kind::NetworkDown => "ENETDOWN",
        Kind::AddrInUse => "EADDRINUSE",
        Kind::AddrNotAvailable => "EADDRNOTAVAIL",
        Kind::BrokenPipe | Kind::WriteZero => "EPIPE",
        Kind::TimedOut => "ETIMEDOUT",
        Kind::PermissionDenied => "EACCES",
        Kind::NotConnected => "ENOTCONN",
        Kind::NotFound => "ENOENT",
        Kind::Unsupported => "ENOTSUP",
        Kind::InvalidInput => "EINVAL",
        Kind::OutOfMemory => "ENOMEM",
        Kind::Interrupted => "EINTR",
        Kind::WouldBlock => "EAGAIN",
        _ => "EIO",
    }
}

/// Returns the code that Node uses for an error of the resolver, most of which have no `errno`.
pub(crate) fn resolver_code(error: &io::Error) -> Cow<'static, str> {
    if relay_error(error).is_some() {
        return io_code(error);
    }
    let code = match own_code(error) {
        _ if error.raw_os_error().is_some() => own_code(error),
        _ if is_temporary_resolver_failure(error) => "EAI_AGAIN",
        "EIO" | "ENOENT" => "ENOTFOUND",
        other => other,
    };
    code.into()
}

/// Returns the message of an I/O error, and for a TLS failure that of [`TlsFailure`].
pub(crate) fn io_message(error: &io::Error) -> String {
    TlsFailure::of(error).map_or_else(|| error.to_string(), |reason| reason.message)
}

/// Returns the name of an `errno` that has no [`io::ErrorKind`] of its own.
#[cfg(unix)]
fn system_name(number: i32) -> Option<&'static str> {
    use rustix::io::Errno;
    Some(match Errno::from_raw_os_error(number) {
        Errno::ACCESS => "EACCES",
        Errno::PERM => "EPERM",
        Errno::AGAIN => "EAGAIN",
        Errno::AFNOSUPPORT => "EAFNOSUPPORT",
        Errno::MFILE => "EMFILE",
        Errno::NFILE => "ENFILE",
        Errno::NOTDIR => "ENOTDIR",
        Errno::ISDIR => "EISDIR",
        Errno::LOOP => "ELOOP",
        Errno::NAMETOOLONG => "ENAMETOOLONG",
        Errno::NOTSOCK => "ENOTSOCK",
        Errno::PROTOTYPE => "EPROTOTYPE",
        Errno::NOBUFS => "ENOBUFS",
        Errno::NOMEM => "ENOMEM",
        Errno::HOSTDOWN => "EHOSTDOWN",
        Errno::NETRESET => "ENETRESET",
        Errno::NODEV => "ENODEV",
        _ => return None,
    })
}

/// Returns nothing: other platforms use the kind alone.
#[cfg(not(unix))]
fn system_name(_number: i32) -> Option<&'static str> {
    None
}

/// Recognises a temporary failure by its text, of glibc or musl, since the standard library drops the code of
/// `getaddrinfo`.
fn is_temporary_resolver_failure(error: &io::Error) -> bool {
    let text = error.to_string();
    error.raw_os_error().is_none() && (text.contains("Temporary failure") || text.contains("Try again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_the_codes_of_node() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(io_code(&refused), "ECONNREFUSED");
        assert_eq!(resolver_code(&refused), "ECONNREFUSED");
    }

    #[test]
    fn reports_enotfound_for_the_resolver_only() {
        let unknown = io::Error::other("Name or service not known");
        assert_eq!(resolver_code(&unknown), "ENOTFOUND");
        assert_eq!(resolver_code(&io::ErrorKind::NotFound.into()), "ENOTFOUND");
        for text in ["Temporary failure in name resolution", "Try again"] {
            assert_eq!(resolver_code(&io::Error::other(text)), "EAI_AGAIN");
            assert_eq!(io_code(&io::Error::other(text)), "EIO");
        }
        for kind in [
            io::ErrorKind::Other,
            io::ErrorKind::InvalidData,
            io::ErrorKind::StorageFull,
        ] {
            assert_eq!(io_code(&kind.into()), "EIO");
        }
        assert_eq!(io_code(&io::ErrorKind::WriteZero.into()), "EPIPE");
    }

    #[test]
    fn uses_the_codes_of_openssl_for_tls() {
        let inner = rustls::Error::DecryptError;
        let error = io::Error::new(io::ErrorKind::InvalidData, inner);
        assert_eq!(io_code(&error), "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_errors_without_a_kind() {
        let numbers = [
            (1, "EPERM"),
            (13, "EACCES"),
            (20, "ENOTDIR"),
            (24, "EMFILE"),
            (97, "EAFNOSUPPORT"),
        ];
        for (number, name) in numbers {
            assert_eq!(io_code(&io::Error::from_raw_os_error(number)), name);
        }
    }
}
