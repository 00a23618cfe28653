//! System errors by the names Node gives them.

use std::io;

/// The `errno` name Node would give this error, on every platform.
pub fn errno_name(error: &io::Error) -> &'static str {
    use io::ErrorKind as Kind;
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
        Kind::BrokenPipe => "EPIPE",
        Kind::TimedOut => "ETIMEDOUT",
        Kind::PermissionDenied => "EACCES",
        Kind::NotConnected => "ENOTCONN",
        Kind::NotFound if error.raw_os_error().is_some() => "ENOENT",
        Kind::OutOfMemory => "ENOMEM",
        Kind::Unsupported => "ENOTSUP",
        Kind::InvalidInput => "EINVAL",
        _ if is_temporary_resolver_failure(error) => "EAI_AGAIN",
        _ if error.raw_os_error().is_none() => "ENOTFOUND",
        _ => "EIO",
    }
}

/// Names of what the standard library has no kind for, or the same as for another.
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

/// Elsewhere the kinds have to do.
#[cfg(not(unix))]
fn system_name(_number: i32) -> Option<&'static str> {
    None
}

/// `getaddrinfo` failures carry no code through the standard library, only its text: glibc's or musl's.
fn is_temporary_resolver_failure(error: &io::Error) -> bool {
    let text = error.to_string();
    error.raw_os_error().is_none() && (text.contains("Temporary failure") || text.contains("Try again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn socket_errors_have_their_node_names() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(errno_name(&refused), "ECONNREFUSED");
        assert_eq!(
            errno_name(&io::Error::other("Name or service not known")),
            "ENOTFOUND"
        );
        for text in ["Temporary failure in name resolution", "Try again"] {
            assert_eq!(errno_name(&io::Error::other(text)), "EAI_AGAIN");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_rust_has_no_kind_for_has_its_name() {
        let numbers = [
            (1, "EPERM"),
            (13, "EACCES"),
            (20, "ENOTDIR"),
            (24, "EMFILE"),
            (97, "EAFNOSUPPORT"),
        ];
        for (number, name) in numbers {
            assert_eq!(errno_name(&io::Error::from_raw_os_error(number)), name);
        }
    }
}
