//! The parameter `kind=`: whether messages are text or binary.

use crate::request_head::Query;

/// Text or binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MessageKind {
    Text,
    Binary,
}

impl MessageKind {
    /// Returns `None` if the parameter is absent.
    ///
    /// # Errors
    /// If the value is neither `text` nor `binary`.
    pub(super) fn from_query(query: &Query) -> Result<Option<Self>, String> {
        match query.get("kind") {
            None => Ok(None),
            Some("text") => Ok(Some(Self::Text)),
            Some("binary") => Ok(Some(Self::Binary)),
            Some(other) => Err(format!("parameter kind={other} is neither text nor binary")),
        }
    }
}
