//! How long something is left out after it was in vain.

/// How often something is left out that was in vain: ever more often, until it pays again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Backoff {
    left: u32,
    last: u32,
}

impl Backoff {
    /// Whether this one is left out.
    pub(super) fn takes(&mut self) -> bool {
        let paused = self.left > 0;
        self.left = self.left.saturating_sub(1);
        paused
    }

    /// Leaves out twice as many as the last time, at most so many.
    pub(super) fn begin(&mut self, most: u32) {
        self.last = (self.last * 2).clamp(1, most);
        self.left = self.last;
    }

    pub(super) fn reset(&mut self) {
        self.last = 0;
    }
}
