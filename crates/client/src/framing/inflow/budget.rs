//! How many frames a turn may decode, and how many bytes it may decompress.
//!
//! Control frames, fragments and empty messages cost about as much to decode as other frames, so a limit on bytes alone
//! does not bound a turn. Few bytes can decompress to many.

/// Most frames that one turn decodes.
const TURN_FRAMES: u32 = 4096;

/// Frames that a turn may decode however many connections share an iteration of the loop.
const MIN_TURN_FRAMES: u32 = 128;

/// Most bytes that one turn decompresses: about a millisecond of work.
const TURN_INFLATED: usize = 512 * 1024;

/// Bytes that a turn may decompress however many connections share an iteration of the loop.
const MIN_TURN_INFLATED: usize = 64 * 1024;

/// What a call of the decompressor counts beside its output: preparing it takes as long as decompressing about so much.
const CALL_INFLATED: usize = 512;

/// What the current turn may still decode.
#[derive(Debug)]
pub(super) struct TurnBudget {
    frames: u32,
    inflated: usize,
}

impl Default for TurnBudget {
    fn default() -> Self {
        Self {
            frames: TURN_FRAMES,
            inflated: TURN_INFLATED,
        }
    }
}

impl TurnBudget {
    /// Begins a turn of one of `sharers` connections that share an iteration of the loop.
    pub(super) fn begin_turn(&mut self, sharers: usize) {
        let share = TURN_FRAMES / u32::try_from(sharers.max(1)).unwrap_or(u32::MAX);
        self.frames = share.max(MIN_TURN_FRAMES);
        self.inflated = (TURN_INFLATED / sharers.max(1)).max(MIN_TURN_INFLATED);
    }

    /// Whether the turn has decoded as much as it may.
    pub(super) fn is_spent(&self) -> bool {
        self.frames == 0
    }

    /// Counts one frame.
    pub(super) fn spend(&mut self) {
        self.frames -= 1;
    }

    /// Counts a call of the decompressor. The last one that a turn may do spends its frames, too.
    pub(super) fn spend_inflated(&mut self, bytes: usize) {
        self.inflated = self.inflated.saturating_sub(bytes + CALL_INFLATED);
        if self.inflated == 0 {
            self.frames = 0;
        }
    }
}
