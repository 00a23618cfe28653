//! What was refused of a peer that has violated the protocol.

/// A violation as programs see it: texts may change, names do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// The rule that was violated.
    pub name: &'static str,
    /// The first two bytes of the refused frame, or the refused close code.
    pub value: Option<u16>,
}
