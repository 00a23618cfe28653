//! Every limit on what a peer may make us hold, with its default and its reason.

/// Most bytes of an HTTP response head: the status line and all header lines.
///
/// Node's own HTTP parser stops at 16 KiB; a handshake answer has no reason to be larger. It also limits how many header
/// lines there are: each has at least three bytes.
pub const MAX_RESPONSE_HEAD: usize = 16 * 1024;

/// Most bytes of a refused handshake's body that are kept for the error.
pub const MAX_ERROR_BODY: usize = 64 * 1024;

/// Most bytes of one message under any option: the longest string V8 can hold, less a little.
///
/// The codec reserves what a frame header announces, so without it ten bytes could ask for all memory.
pub const MAX_MESSAGE_LIMIT: usize = 512 * 1024 * 1024 - 64;

/// Most frames of one message. Fragments may be empty, so the limit on the size does not end a message.
pub const MAX_FRAGMENTS: u32 = 128 * 1024;

/// Most bytes of pongs that wait for a peer that pings but does not read.
pub const MAX_UNSENT_PONGS: usize = 1024 * 1024;

/// Most payload bytes of a control frame (RFC 6455 section 5.5).
pub const MAX_CONTROL_PAYLOAD: usize = 125;
