//! Pongs that wait for a peer which pings but does not read.
//!
//! They stand among data frames that wait as well, so they have left once everything before them has. To bound them
//! it is enough to know that roughly: they are counted in two groups, of which the older one is forgotten as a whole.

/// Pongs that were encoded one after the other.
#[derive(Debug, Default, Clone, Copy)]
struct Group {
    /// Their bytes, headers included.
    bytes: usize,
    /// Where the last of them ends, in bytes of all that is sent.
    end: u64,
}

/// The pongs of one connection that have not left.
#[derive(Debug, Default)]
pub(crate) struct UnsentPongs {
    older: Group,
    newer: Group,
}

impl UnsentPongs {
    /// A pong of `bytes` bytes has been encoded; it ends at `end`, in bytes of all that is sent.
    pub(crate) fn add(&mut self, bytes: usize, end: u64) {
        self.newer.bytes += bytes;
        self.newer.end = end;
    }

    /// All that is sent has left up to `left`.
    pub(crate) fn settle(&mut self, left: u64) {
        if self.older.end <= left {
            self.older = std::mem::take(&mut self.newer);
        }
        if self.older.end <= left {
            self.older = Group::default();
        }
    }

    /// Bytes that wait, at most.
    pub(crate) fn bytes(&self) -> usize {
        self.older.bytes + self.newer.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pongs_wait_until_what_was_before_them_has_left() {
        let mut pongs = UnsentPongs::default();
        pongs.add(6, 1006);
        pongs.settle(1000);
        assert_eq!(pongs.bytes(), 6);
        pongs.settle(1006);
        assert_eq!(pongs.bytes(), 0);
    }

    #[test]
    fn pongs_that_leave_while_others_come_do_not_add_up() {
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
    fn pongs_that_do_not_leave_add_up() {
        let mut pongs = UnsentPongs::default();
        for end in 1..=1000 {
            pongs.add(10, 10 * end);
            pongs.settle(5);
        }
        assert_eq!(pongs.bytes(), 10_000);
    }
}
