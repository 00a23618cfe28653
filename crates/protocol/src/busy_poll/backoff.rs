//! Skipping an attempt ever more often while it finds nothing.

/// A number of attempts to skip, which doubles with each failure.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Backoff {
    left: u32,
    last: u32,
}

impl Backoff {
    /// Returns whether to skip this attempt.
    pub(super) fn skips(&mut self) -> bool {
        let skips = self.left > 0;
        self.left = self.left.saturating_sub(1);
        skips
    }

    /// Skips twice as many attempts as after the last failure, `max` at most.
    pub(super) fn grow(&mut self, max: u32) {
        self.last = (self.last * 2).clamp(1, max);
        self.left = self.last;
    }

    /// Begins again with one attempt after the next failure.
    pub(super) fn reset(&mut self) {
        self.last = 0;
    }
}
