//! Which data frame may be sent next (RFC 6455 section 5.4), and whether it is compressed (RFC 7692 section 6).

use crate::compression::Place;
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

impl FrameOptions {
    /// Whether a message that begins with a frame of this length is compressed. The size of a fragmented message is not
    /// known, so it counts as large.
    fn compresses(self, length: usize, threshold: usize) -> bool {
        self.compress.unwrap_or(self.more || length >= threshold)
    }
}

/// The next frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) first_byte: FirstByte,
    /// The place of its payload in a compressed message; `None` for one that is not compressed.
    pub(super) place: Option<Place>,
}

/// The fragmented message that is being sent.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// Whether it is compressed; `None` if there is none.
    begun: Option<bool>,
}

impl Outgoing {
    /// Whether the next frame may be the only one of a message.
    pub(super) fn is_between_messages(&self) -> bool {
        self.begun.is_none()
    }

    /// Returns how the next frame, of `length` bytes, is sent. `threshold` is the size from which messages are
    /// compressed; `None` if none are. Fails if the frame is a continuation of nothing, or no continuation within a
    /// message.
    pub(super) fn begin_frame(
        &mut self,
        kind: Kind,
        length: usize,
        options: FrameOptions,
        threshold: Option<usize>,
    ) -> Result<Next, Error> {
        let (mut first_byte, is_compressed) = match (options.continuation, self.begun) {
            (true, Some(is_compressed)) => (FirstByte::LAST, is_compressed),
            (false, None) => {
                let is_compressed = threshold.is_some_and(|threshold| options.compresses(length, threshold));
                let plain = FirstByte::from(kind);
                (
                    if is_compressed { plain.compressed() } else { plain },
                    is_compressed,
                )
            }
            _ => return Err(Error::new(Phase::Open, ErrorKind::OutOfOrder)),
        };
        if options.more {
            first_byte = first_byte.with_more();
        }
        self.begun = options.more.then_some(is_compressed);
        let place = Place {
            first: !options.continuation,
            last: !options.more,
        };
        Ok(Next {
            first_byte,
            place: is_compressed.then_some(place),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{FirstByte, FrameOptions, Kind, Next, Outgoing, Place};

    const MORE: FrameOptions = FrameOptions {
        compress: None,
        more: true,
        continuation: false,
    };

    fn with(compress: Option<bool>) -> FrameOptions {
        FrameOptions {
            compress,
            ..FrameOptions::default()
        }
    }

    #[test]
    fn the_option_decides_and_otherwise_the_size() {
        let compresses = |length, options, threshold| {
            let next = Outgoing::default().begin_frame(Kind::Text, length, options, threshold);
            next.is_ok_and(|next| next.place.is_some())
        };
        assert!(compresses(100, with(None), Some(100)));
        assert!(!compresses(99, with(None), Some(100)));
        assert!(compresses(0, with(Some(true)), Some(100)));
        assert!(!compresses(1000, with(Some(false)), Some(100)));
        assert!(compresses(0, MORE, Some(100)), "more may follow");
        for compress in [None, Some(true)] {
            assert!(!compresses(1000, with(compress), None), "it is not negotiated");
        }
    }

    #[test]
    fn the_first_frame_of_a_message_decides_for_all() {
        let mut outgoing = Outgoing::default();
        let first = outgoing.begin_frame(Kind::Binary, 1, MORE, Some(0)).unwrap();
        let expected = FirstByte::from(Kind::Binary).compressed().with_more();
        assert_eq!(first.first_byte, expected);
        let last = FrameOptions {
            compress: Some(false),
            more: false,
            continuation: true,
        };
        let place = Place {
            first: false,
            last: true,
        };
        let expected = Next {
            first_byte: FirstByte::LAST,
            place: Some(place),
        };
        assert_eq!(
            outgoing.begin_frame(Kind::Binary, 1, last, Some(0)).unwrap(),
            expected
        );
        assert!(outgoing.is_between_messages());
    }

    #[test]
    fn a_frame_that_is_not_the_next_changes_nothing() {
        let mut outgoing = Outgoing::default();
        let last = FrameOptions {
            continuation: true,
            ..FrameOptions::default()
        };
        assert!(outgoing.begin_frame(Kind::Text, 1, last, None).is_err());
        outgoing.begin_frame(Kind::Text, 1, MORE, None).unwrap();
        assert!(outgoing.begin_frame(Kind::Text, 1, with(None), None).is_err());
        assert!(outgoing.begin_frame(Kind::Text, 1, MORE, None).is_err());
        assert!(outgoing.begin_frame(Kind::Text, 1, last, None).is_ok());
    }
}
