//! Which data frame may be sent next (RFC 6455 section 5.4).

use crate::error::{Error, ErrorKind, Phase};
use websocket_rs_protocol::frame::{FirstByte, Kind};

/// How a data frame is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FrameOptions {
    /// Whether the message is compressed if permessage-deflate is negotiated; `None` if its size decides. The first
    /// frame of a message decides for all.
    pub compress: Option<bool>,
    /// Whether more fragments of the message follow.
    pub more: bool,
    /// Whether the frame continues the message that was begun.
    pub continuation: bool,
}

/// The fragmented message that is being sent.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    is_within_message: bool,
}

impl Outgoing {
    /// Whether the next frame may be the only one of a message.
    pub(super) fn is_between_messages(&self) -> bool {
        !self.is_within_message
    }

    /// Returns the first byte of the next frame. Fails if the frame is a continuation of nothing, or no continuation
    /// within a message.
    pub(super) fn begin_frame(&mut self, kind: Kind, options: FrameOptions) -> Result<FirstByte, Error> {
        if options.continuation != self.is_within_message {
            return Err(Error::new(Phase::Open, ErrorKind::OutOfOrder));
        }
        self.is_within_message = options.more;
        let first = if options.continuation {
            FirstByte::LAST
        } else {
            kind.into()
        };
        Ok(if options.more { first.with_more() } else { first })
    }
}
