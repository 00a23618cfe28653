//! The kinds of rows.

use websocket_rs_client::Kind;

/// The kind of a row. `exports/constants.rs` exports the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Row {
    /// A text message in the slab.
    Text = 0,
    /// A binary message in the slab.
    Binary = 1,
    /// A pong; its payload is a value of its own.
    Pong = 2,
    /// The peer's close frame: the code, and the length of the reason, which is a value of its own unless it is empty.
    Close = 3,
    /// The connection ended after its closing handshake.
    End = 4,
    /// The connection failed.
    Failure = 5,
    /// Sending is no longer paused.
    Drained = 6,
    /// The rows after this one refer to the next slab.
    NextSlab = 7,
    /// A text message that is not in a slab.
    OwnText = 8,
    /// A binary message that is not in a slab.
    OwnBinary = 9,
    /// More has arrived: JavaScript is to request a turn after other connections have had theirs.
    More = 10,
    /// A text message begins that is delivered as it arrives: the texts up to `StreamEnd` are its parts.
    StreamText = 11,
    /// A binary message begins that is delivered as it arrives.
    StreamBinary = 12,
    /// The message that was delivered as it arrived is complete.
    StreamEnd = 13,
    /// The next message is larger than `maxMessageSize`: nothing is read until JavaScript has decided about it.
    Held = 14,
    /// A ping; its payload is a value of its own.
    Ping = 15,
    /// The bytes of a text message, in the slab, which JavaScript keeps.
    TextBytes = 16,
    /// The bytes of a text message that is not in a slab.
    OwnTextBytes = 17,
    /// The rows after this one belong to the connection whose number's parts this row has ([`Key::parts`]).
    ///
    /// [`Key::parts`]: crate::slots::Key::parts
    Connection = 18,
    /// The deadline of the closing handshake has passed.
    CloseDue = 19,
}

impl Row {
    /// Returns the kind of a message in the slab.
    pub(super) fn in_slab(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text,
            Kind::Binary => Self::Binary,
        }
    }

    /// Returns the kind of a message that is a value of its own.
    pub(super) fn own(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::OwnText,
            Kind::Binary => Self::OwnBinary,
        }
    }

    /// Returns the kind of a message in the slab that is delivered as bytes.
    pub(super) fn bytes_in_slab(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::TextBytes,
            Kind::Binary => Self::Binary,
        }
    }

    /// Returns the kind of a message that is a value of its own and is delivered as bytes.
    pub(super) fn own_bytes(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::OwnTextBytes,
            Kind::Binary => Self::OwnBinary,
        }
    }

    /// Returns the kind of the row before the parts of a message that is delivered as it arrives.
    pub(super) fn stream(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::StreamText,
            Kind::Binary => Self::StreamBinary,
        }
    }
}
