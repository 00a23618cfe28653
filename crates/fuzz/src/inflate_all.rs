//! The inflater, compared with decompressing all of a message at once, in new memory.

use zlib_rs::{Inflate, InflateFlush, Status};

/// What a peer removes from the end of a message (RFC 7692 section 7.2.1), followed by an empty last block.
const TAIL: [u8; 9] = [0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff];
/// The length of the former.
const REMOVED: usize = 4;

/// Decompresses a message, or its front. Stops once it has more than `most` bytes.
pub(crate) fn inflate_all(
    history: &[u8],
    window: usize,
    payload: &[u8],
    is_end: bool,
    most: usize,
) -> Result<Vec<u8>, ()> {
    let mut content = Vec::new();
    let mut rest = payload;
    // Each round decompresses what ends with a last block.
    while !rest.is_empty() {
        let mut input = rest.to_vec();
        if is_end {
            input.extend(TAIL);
        }
        let before = [history, &content].concat();
        let (consumed, ended) = inflate_blocks(&before, window, &input, most, &mut content);
        if content.len() > most {
            break;
        }
        let taken = consumed.checked_sub(rest.len());
        match (ended, taken) {
            (Ok(true), None) => rest = &rest[consumed..],
            (Ok(true), Some(0 | REMOVED)) => break,
            (Ok(true), Some(taken)) if taken == TAIL.len() => break,
            (Ok(false), _) if !is_end => break,
            _ => return Err(()),
        }
    }
    Ok(content)
}

/// Decompresses up to the end of a last block, of the input, or of what is wanted. Returns how much was taken, and whether a
/// last block has ended.
fn inflate_blocks(
    before: &[u8],
    window: usize,
    input: &[u8],
    most: usize,
    content: &mut Vec<u8>,
) -> (usize, Result<bool, ()>) {
    let mut inflate = Inflate::new(false, 15);
    let dictionary = &before[before.len().saturating_sub(window)..];
    if !dictionary.is_empty() {
        inflate.set_dictionary(dictionary).expect("a dictionary");
    }
    let mut output = vec![0; 256 * 1024];
    loop {
        let (from, made) = (total(inflate.total_in()), total(inflate.total_out()));
        let status = inflate.decompress(&input[from..], &mut output, InflateFlush::NoFlush);
        content.extend_from_slice(&output[..total(inflate.total_out()) - made]);
        let is_idle = from == total(inflate.total_in()) && made == total(inflate.total_out());
        match status {
            Err(_) => return (total(inflate.total_in()), Err(())),
            Ok(Status::StreamEnd) => return (total(inflate.total_in()), Ok(true)),
            Ok(_) if is_idle || content.len() > most => return (total(inflate.total_in()), Ok(false)),
            Ok(_) => {}
        }
    }
}

fn total(bytes: u64) -> usize {
    usize::try_from(bytes).expect("it fits")
}
