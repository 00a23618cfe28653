//! Sessions of mostly valid frames: messages of all sizes, fragmented or not, with control frames between them,
//! while the client sends as well.

use crate::compressor::Compressor;
use crate::random_driver::{Plan, run};
use crate::reference::{Deflate, Rules};
use crate::treatment::Treatments;
use arbitrary::{Result, Unstructured};

/// The size from which a session is not extended: longer ones are slow and find nothing more.
const MAX_SIZE: usize = 1 << 20;

/// Draws a session from the input and runs it.
pub fn check(data: &[u8]) {
    // Drawing never fails: past the end of the input every draw is 0, which stands for the ordinary case.
    let _ = draw(&mut Unstructured::new(data)).map(|(wire, plan)| run(&wire, plan));
}

/// Returns true once in `times` draws.
fn rarely(input: &mut Unstructured<'_>, times: u8) -> Result<bool> {
    Ok(!input.ratio(times - 1, times)?)
}

/// Draws the bytes of the peer and the plan.
fn draw(input: &mut Unstructured<'_>) -> Result<(Vec<u8>, Plan)> {
    let seed = input.arbitrary()?;
    let plan = Plan {
        seed,
        rules: Rules {
            max_message_size: *input.choose(&[1 << 20, 1 << 20, 1 << 20, 150_000, 5000])?,
            ended: input.arbitrary()?,
            deflate: deflate(input)?,
            treatments: Treatments {
                seed: input.arbitrary::<bool>()?.then_some(seed),
            },
        },
        sends: input.arbitrary()?,
        has_jobs: input.arbitrary()?,
    };
    let is_cut = rarely(input, 8)?;
    let mut wire = Vec::new();
    let mut compressor = plan.rules.deflate.map(Compressor::new);
    while !input.is_empty() && wire.len() < MAX_SIZE {
        put_message(input, &mut wire, compressor.as_mut())?;
        put_controls(input, &mut wire)?;
    }
    if is_cut {
        // Usually within the last message.
        wire.truncate(wire.len().saturating_sub(input.int_in_range(0..=300)?));
    }
    Ok((wire, plan))
}

/// Draws whether and how the peer compresses.
fn deflate(input: &mut Unstructured<'_>) -> Result<Option<Deflate>> {
    let deflate = Deflate {
        no_context_takeover: input.arbitrary()?,
        window_bits: *input.choose(&[15, 15, 15, 9, 10, 12])?,
    };
    Ok(input.arbitrary::<bool>()?.then_some(deflate))
}

/// Appends a message, fragmented or not, compressed or not.
fn put_message(
    input: &mut Unstructured<'_>,
    wire: &mut Vec<u8>,
    compressor: Option<&mut Compressor>,
) -> Result<()> {
    let is_text = input.arbitrary()?;
    let mut payload = payload(input, is_text)?;
    let is_compressed = match compressor {
        Some(compressor) if !rarely(input, 4)? => {
            payload = compressor.compress(&payload, rarely(input, 8)?);
            if rarely(input, 50)? && !payload.is_empty() {
                let at = input.int_in_range(0..=payload.len() - 1)?;
                payload[at] ^= input.arbitrary::<u8>()?;
            }
            true
        }
        _ => false,
    };
    let fragments = if rarely(input, 4)? {
        input.int_in_range(2..=6)?
    } else {
        1
    };
    let mut rest = payload.as_slice();
    for fragment in 1..=fragments {
        let count = if fragment == fragments {
            rest.len()
        } else {
            input.int_in_range(0..=rest.len())?
        };
        let (part, behind) = rest.split_at(count);
        rest = behind;
        let opcode = match (fragment, is_text) {
            (1, true) => 1,
            (1, false) => 2,
            _ => 0,
        };
        let rsv1 = if fragment == 1 && is_compressed { 0x40 } else { 0 };
        put_frame(input, wire, fragment == fragments, opcode | rsv1, part)?;
        if fragment < fragments {
            put_controls(input, wire)?;
        }
    }
    Ok(())
}

/// Draws a payload: characters of one to four bytes, which fragments may split, or arbitrary bytes.
fn payload(input: &mut Unstructured<'_>, is_text: bool) -> Result<Vec<u8>> {
    let size = match input.int_in_range(0..=15)? {
        0..=7 => input.int_in_range(0..=130)?,
        8..=11 => input.int_in_range(0..=1000)?,
        12 => input.int_in_range(0..=20_000)?,
        13 => input.int_in_range(0..=500_000)?,
        14 => input.int_in_range(4080..=4110)?,
        _ => input.int_in_range(65_500..=65_560)?,
    };
    let first: u8 = input.arbitrary()?;
    let mut payload: Vec<u8> = if is_text {
        "aä€𝄞 ".bytes().cycle().take(size - size % 11).collect()
    } else {
        (first..=255).cycle().take(size).collect()
    };
    if is_text && rarely(input, 50)? {
        let at = input.int_in_range(0..=payload.len())?;
        payload.insert(at, first);
    }
    Ok(payload)
}

/// Appends pings, pongs, and rarely a close frame.
fn put_controls(input: &mut Unstructured<'_>, wire: &mut Vec<u8>) -> Result<()> {
    for _ in 0..input.int_in_range(0..=7)?.max(4) - 4 {
        let size = input.int_in_range(0..=125)?;
        let payload = vec![b'c'; size];
        match input.int_in_range(0..=63)? {
            0..=35 => put_frame(input, wire, true, 9, &payload)?,
            36..=62 => put_frame(input, wire, true, 10, &payload)?,
            _ => put_close(input, wire)?,
        }
    }
    Ok(())
}

/// Appends a close frame.
fn put_close(input: &mut Unstructured<'_>, wire: &mut Vec<u8>) -> Result<()> {
    let payload = match input.int_in_range(0..=3)? {
        0 | 1 => b"\x03\xe8bye \xc3\xa4".to_vec(),
        2 => Vec::new(),
        _ => input.bytes(input.len().min(3))?.to_vec(),
    };
    put_frame(input, wire, true, 8, &payload)
}

/// Appends a frame. One in a hundred has one wrong bit in its first byte.
fn put_frame(
    input: &mut Unstructured<'_>,
    wire: &mut Vec<u8>,
    fin: bool,
    opcode: u8,
    payload: &[u8],
) -> Result<()> {
    let flipped = if rarely(input, 100)? {
        1 << input.int_in_range(0..=7)?
    } else {
        0
    };
    wire.push((u8::from(fin) << 7 | opcode) ^ flipped);
    let mask = if rarely(input, 200)? { 0x80 } else { 0 };
    put_length(input, wire, mask, payload.len())?;
    wire.extend_from_slice(payload);
    Ok(())
}

/// Appends the length, sometimes in more bytes than needed: RFC 6455 section 5.2 forbids that, but clients accept it.
#[allow(clippy::cast_possible_truncation)] // Each case names the range that fits.
fn put_length(input: &mut Unstructured<'_>, wire: &mut Vec<u8>, mask: u8, length: usize) -> Result<()> {
    let extra = if rarely(input, 16)? {
        input.int_in_range(0..=2)?
    } else {
        0
    };
    match length {
        0..=125 if extra == 0 => wire.push(mask + length as u8),
        0..=0xffff if extra < 2 => {
            wire.push(mask + 126);
            wire.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            wire.push(mask + 127);
            wire.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::{Reached, StreamOutcome, decode};
    use rand::rngs::SmallRng;
    use rand::{RngCore, SeedableRng};

    /// A session that ends with its first frame would test nothing.
    #[test]
    fn random_sessions_are_long_and_end_in_all_ways() {
        let mut events = 0;
        let mut outcomes = Vec::new();
        let mut reached = Reached::default();
        for round in 0..200 {
            let mut noise = [0; 400];
            SmallRng::seed_from_u64(round).fill_bytes(&mut noise);
            let (wire, plan) = draw(&mut Unstructured::new(&noise)).expect("drawing never fails");
            let decoded = decode(&wire, plan.rules);
            events += decoded.events.len();
            reached.compressed += decoded.reached.compressed;
            reached.held += decoded.reached.held;
            reached.streamed += decoded.reached.streamed;
            reached.skipped += decoded.reached.skipped;
            if !outcomes.contains(&decoded.outcome) {
                outcomes.push(decoded.outcome);
            }
        }
        assert!(events > 2000, "{events} events in 200 sessions");
        let Reached {
            compressed,
            held,
            streamed,
            skipped,
        } = reached;
        assert!(compressed > 400 && held > 10, "{reached:?}");
        assert!(streamed > 100 && skipped > 20, "{reached:?}");
        let failures = [1002, 1007, 1009].map(StreamOutcome::Failed);
        for outcome in [StreamOutcome::Open, StreamOutcome::End, StreamOutcome::Dropped]
            .iter()
            .chain(&failures)
        {
            assert!(outcomes.contains(outcome), "{outcome:?} never occurs");
        }
    }

    /// Messages that are large enough are rare.
    #[test]
    fn random_sessions_have_jobs() {
        let has_job = |round| {
            let mut noise = [0; 400];
            SmallRng::seed_from_u64(round).fill_bytes(&mut noise);
            let (wire, plan) = draw(&mut Unstructured::new(&noise)).expect("drawing never fails");
            plan.has_jobs && run(&wire, plan) > 0
        };
        assert!((0..200).any(has_job));
    }
}
