//! The number of unsent pong bytes, which bounds what a peer can make the client hold that pings but does not read.
//!
//! Pongs are queued between data frames, so a pong has been written once everything before it has. As an estimate
//! suffices, they are counted in two groups, of which the older one is forgotten as a whole.

/// Pongs that were encoded one after the other.
#[derive(Debug, Default, Clone, Copy)]
struct Group {
    /// Their bytes, with headers.
    bytes: usize,
    /// The end of the last of them, as an offset in everything that is sent.
    end: u64,
}

/// The unsent pongs of one connection.
#[derive(Debug, Default)]
pub(crate) struct UnsentPongs {
    older: Group,
    newer: Group,
}

impl UnsentPongs {
    /// Notes that a pong of `bytes` bytes has been encoded, which ends at the offset `end` in everything that is sent.
    pub(crate) fn add(&mut self, bytes: usize, end: u64) {
        self.newer.bytes += bytes;
        self.newer.end = end;
    }

    /// Notes that everything up to the offset `written` has been written.
    pub(crate) fn settle(&mut self, written: u64) {
        if self.older.end <= written {
            self.older = std::mem::take(&mut self.newer);
        }
        if self.older.end <= written {
            self.older = Group::default();
        }
    }

    /// Returns an upper estimate of the unsent bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.older.bytes + self.newer.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pongs_are_unsent_until_everything_before_them_is_written() {
        let mut pongs = UnsentPongs::default();
        pongs.add(6, 1006);
        pongs.settle(1000);
        assert_eq!(pongs.bytes(), 6);
        pongs.settle(1006);
        assert_eq!(pongs.bytes(), 0);
    }

    #[test]
    fn written_pongs_are_forgotten_while_others_come() {
        let mut pongs = UnsentPongs::default();
        let mut end = 1_000_000;
        for left in (0..100_000_000).step_by(1000) {
            end += 1000;
            pongs.add(10, end);
            pongs.settle(left);
            assert!(pongs.bytes() <= 2 * 10 * 1002, "{}", pongs.bytes());
        }
    }

    #[test]
    fn unsent_pongs_add_up() {
        let mut pongs = UnsentPongs::default();
        for end in 1..=1000 {
            pongs.add(10, 10 * end);
            pongs.settle(5);
        }
        assert_eq!(pongs.bytes(), 10_000);
    }
}
