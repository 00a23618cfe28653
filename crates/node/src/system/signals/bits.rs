//! The bits that stand for signals in the masks of blocked calls.

/// The bit of SIGINT, or of Ctrl+C on Windows.
pub(crate) const INT: u32 = 1;
/// The bit of SIGTERM.
pub(crate) const TERM: u32 = 2;
/// The bit of SIGHUP, or of a closed console on Windows.
pub(crate) const HUP: u32 = 4;
/// The bit of Ctrl+Break on Windows.
pub(crate) const BREAK: u32 = 8;
