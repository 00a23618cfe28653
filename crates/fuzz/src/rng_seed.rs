//! The seed of the random number generator, taken from the front of an input.

/// Splits off the first eight bytes as a seed, from which everything is drawn that the rest does not determine.
pub(crate) fn split_rng_seed(data: &[u8]) -> (u64, &[u8]) {
    data.split_first_chunk()
        .map_or((0, data), |(seed, rest)| (u64::from_le_bytes(*seed), rest))
}
