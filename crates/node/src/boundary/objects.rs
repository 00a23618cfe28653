//! The objects that native code returns from cold calls. `None` means that the property is left out.

use crate::slots::Key;
use napi::bindgen_prelude::Buffer;
use napi::{Result, check_status, sys};
use napi_derive::napi;
use std::ffi::c_void;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::ptr;
use std::slice;
use std::time::Duration;
use websocket_rs_client::Connection;

/// An open connection, as JavaScript gets it.
#[napi(object, object_from_js = false)]
pub(crate) struct Opened {
    /// The connection's number in all further calls.
    pub id: f64,
    /// Lines that each end with a line feed, which none can contain: subprotocol and extensions, empty if none; local
    /// address and port; remote address and port; then names and values of the response headers in turn. One string is much
    /// cheaper to make and to keep than several, of which most programs read none.
    pub description: String,
}

/// A failure. TypeScript makes an error object of it.
#[derive(Default)]
#[napi(object, object_from_js = false)]
pub(crate) struct Failure {
    /// One of the codes of the error table.
    pub code: String,
    /// The phase in which it occurred.
    pub phase: String,
    /// The message of the error.
    pub message: String,
    /// Code of the cause, as Node spells it.
    pub cause_code: Option<String>,
    /// Message of the cause.
    pub cause_message: Option<String>,
    /// The addresses that refused the TCP connection, or the host that has none.
    pub address: Option<String>,
    /// HTTP status of the response that rejected the handshake.
    pub status: Option<u32>,
    /// Reason phrase of that response.
    pub reason: Option<String>,
    /// Headers of that response: names and values alternate.
    pub headers: Option<Vec<String>>,
    /// Body of that response.
    pub body: Option<Buffer>,
    /// Close code that was sent because of the failure, or 1006.
    pub close_code: Option<u32>,
    /// The rule of the protocol that the peer has violated, as a name that does not change.
    pub violation: Option<String>,
    /// The first two bytes of the refused frame as one number, or the refused close code.
    pub refused: Option<u32>,
}

/// What TLS has agreed on.
#[napi(object, object_from_js = false)]
pub(crate) struct TlsSession {
    /// The version: `TLSv1.2` or `TLSv1.3`.
    pub protocol: String,
    /// The name of the cipher suite in the registry of IANA.
    pub cipher_suite: String,
    /// The protocol chosen by ALPN.
    pub alpn: Option<String>,
    /// Whether an earlier connection has opened the session.
    pub is_resumed: bool,
    /// The certificates of the server in DER, its own first.
    pub certificates: Vec<Buffer>,
}

impl From<websocket_rs_client::TlsSession> for TlsSession {
    fn from(session: websocket_rs_client::TlsSession) -> Self {
        Self {
            protocol: session.protocol.to_owned(),
            cipher_suite: session.cipher_suite,
            alpn: session.alpn,
            is_resumed: session.is_resumed,
            certificates: session.certificates.into_iter().map(buffer).collect(),
        }
    }
}

impl Opened {
    /// Describes a connection that has no number yet, and takes what the handshake has found out of it.
    pub(crate) fn new(connection: &mut Connection) -> Self {
        let handshake = connection.take_handshake();
        let (local, remote) = handshake.addresses.unzip();
        let mut description = String::with_capacity(256);
        push_line(&mut description, &handshake.protocol);
        push_line(&mut description, &connection.extensions());
        push_address(&mut description, local);
        push_address(&mut description, remote);
        for (name, value) in handshake.response_headers {
            push_line(&mut description, &name);
            push_line(&mut description, &value);
        }
        Self {
            id: -1.0,
            description,
        }
    }

    /// Sets the number.
    pub(crate) fn with_id(self, key: Key) -> Self {
        Self {
            id: key.to_number(),
            ..self
        }
    }
}

fn push_line(lines: &mut String, line: &str) {
    lines.push_str(line);
    lines.push('\n');
}

/// Adds the lines of an address and a port: empty and 0 for a Unix socket.
fn push_address(lines: &mut String, address: Option<SocketAddr>) {
    // Writing to a string cannot fail.
    let _ = match address {
        Some(at) => writeln!(lines, "{}\n{}", at.ip(), at.port()),
        None => writeln!(lines, "\n0"),
    };
}

/// Converts milliseconds. A value that is too large means no limit.
pub(crate) fn duration(milliseconds: Option<f64>) -> Option<Duration> {
    milliseconds.and_then(|value| Duration::try_from_secs_f64(value / 1000.0).ok())
}

/// Converts a byte count. Saturates at `usize::MAX`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn bytes(value: f64) -> usize {
    value as usize
}

/// Returns address and length, in elements, of a typed array of this kind that is not empty. Callers are on the environment's
/// thread with a handle scope open.
pub(crate) fn typed_array(
    raw: sys::napi_env,
    array: sys::napi_value,
    wanted: sys::napi_typedarray_type,
) -> Result<(*mut c_void, usize)> {
    let (mut kind, mut length, mut data) = (-1, 0, ptr::null_mut());
    // SAFETY: promised by callers. What is not asked for may be null.
    check_status!(unsafe {
        sys::napi_get_typedarray_info(
            raw,
            array,
            &raw mut kind,
            &raw mut length,
            &raw mut data,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    })?;
    if kind != wanted || data.is_null() {
        return Err(napi::Error::from_status(napi::Status::InvalidArg));
    }
    Ok((data, length))
}

/// Writes numbers to a `Float64Array`, as many as it holds. Callers are on the environment's thread with a handle scope open.
pub(crate) fn write_numbers(
    raw: sys::napi_env,
    array: sys::napi_value,
    numbers: impl Iterator<Item = f64>,
) -> Result<()> {
    let (data, length) = typed_array(raw, array, sys::TypedarrayType::float64_array)?;
    // SAFETY: Node has just reported address and length of the memory, which is aligned for its elements. Nothing else
    // uses it until this function returns: no JavaScript runs.
    let target = unsafe { slice::from_raw_parts_mut(data.cast::<f64>(), length) };
    for (place, number) in target.iter_mut().zip(numbers) {
        *place = number;
    }
    Ok(())
}

/// Copies bytes to a Buffer. Callers are on the environment's thread with a handle scope open.
pub(crate) fn copied_buffer(raw: sys::napi_env, bytes: &[u8]) -> Result<sys::napi_value> {
    let mut value = ptr::null_mut();
    // SAFETY: promised by callers. Node copies the bytes before this returns.
    check_status!(unsafe {
        sys::napi_create_buffer_copy(
            raw,
            bytes.len(),
            bytes.as_ptr().cast(),
            ptr::null_mut(),
            &raw mut value,
        )
    })?;
    Ok(value)
}

/// Converts bytes to a Buffer.
pub(crate) fn buffer(bytes: Vec<u8>) -> Buffer {
    Buffer::from(bytes)
}
