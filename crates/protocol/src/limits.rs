//! The limits on what a peer can make this client hold, with their reasons.

/// Most bytes of an HTTP response head: the status line and all header lines.
///
/// Node's HTTP parser has the same limit. It also bounds the number of header lines, each of which has at least three
/// bytes.
pub const MAX_RESPONSE_HEAD: usize = 16 * 1024;

/// Most bytes of the body of a rejected handshake that are kept for the error.
pub const MAX_ERROR_BODY: usize = 64 * 1024;

/// Most bytes of one message under any option: slightly less than the longest string of V8.
///
/// The codec reserves the length that a frame header announces, so without this limit ten bytes could exhaust the
/// memory.
pub const MAX_MESSAGE_LIMIT: usize = 512 * 1024 * 1024 - 64;

/// Most frames of one message. Fragments may be empty, so a limit on the size alone does not bound a message.
pub const MAX_FRAGMENTS: u32 = 128 * 1024;

/// Most bytes of unsent pongs to a peer that sends pings but does not read.
pub const MAX_UNSENT_PONGS: usize = 1024 * 1024;

/// Most payload bytes of a control frame (RFC 6455 section 5.5).
pub const MAX_CONTROL_PAYLOAD: usize = 125;
