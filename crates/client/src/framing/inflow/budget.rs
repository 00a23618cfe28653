//! How many frames a turn may decode.
//!
//! Control frames, fragments and empty messages cost about as much to decode as other frames, so a limit on bytes alone
//! does not bound a turn.

/// Most frames that one turn decodes.
const TURN_FRAMES: u32 = 4096;

/// Frames that a turn may decode however many connections share an iteration of the loop.
const MIN_TURN_FRAMES: u32 = 128;

/// The frames that the current turn may still decode.
#[derive(Debug)]
pub(super) struct FrameBudget(u32);

impl Default for FrameBudget {
    fn default() -> Self {
        Self(TURN_FRAMES)
    }
}

impl FrameBudget {
    /// Begins a turn of one of `sharers` connections that share an iteration of the loop.
    pub(super) fn begin_turn(&mut self, sharers: usize) {
        let share = TURN_FRAMES / u32::try_from(sharers.max(1)).unwrap_or(u32::MAX);
        self.0 = share.max(MIN_TURN_FRAMES);
    }

    /// Whether the turn has decoded as many frames as it may.
    pub(super) fn is_spent(&self) -> bool {
        self.0 == 0
    }

    /// Counts one frame.
    pub(super) fn spend(&mut self) {
        self.0 -= 1;
    }
}
