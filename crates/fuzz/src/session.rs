//! A session: frames that are mostly as they should be, with messages of all sizes, while the client
//! sends as well.

use crate::driver::{Plan, play};
use arbitrary::{Result, Unstructured};

/// Draws a session from the input and plays it.
pub fn check(data: &[u8]) {
    // Where the input ends, everything that is drawn is 0.
    let _ = draw(&mut Unstructured::new(data)).map(|(wire, plan)| play(&wire, plan));
}

fn draw(input: &mut Unstructured<'_>) -> Result<(Vec<u8>, Plan)> {
    let plan = Plan {
        seed: input.arbitrary()?,
        max_message_size: *input.choose(&[1 << 20, 1 << 20, 100_000, 5000, 100])?,
        ended: input.arbitrary()?,
        talks: input.arbitrary()?,
    };
    let mut wire = Vec::new();
    let mut within = false;
    // More than a few MiB would be slow and show nothing else.
    while !input.is_empty() && wire.len() < 2 << 20 {
        put_frame(input, &mut wire, &mut within)?;
    }
    // A stream that stops within a frame.
    let cut = if input.ratio(1, 8)? {
        input.int_in_range(0..=wire.len())?
    } else {
        wire.len()
    };
    wire.truncate(cut);
    Ok((wire, plan))
}

/// Appends a frame; `within` is whether a message goes on.
fn put_frame(input: &mut Unstructured<'_>, wire: &mut Vec<u8>, within: &mut bool) -> Result<()> {
    let opcode = match input.int_in_range(0..=63)? {
        0..=19 => 9,
        20..=29 => 10,
        30 => 8,
        31 => input.int_in_range(0..=15)?,
        _ if *within => 0,
        32..=47 => 1,
        _ => 2,
    };
    let odd: u8 = if input.ratio(1, 64)? {
        input.arbitrary()?
    } else {
        0
    };
    let fin = opcode >= 8 || input.ratio(2, 3)?;
    if opcode < 8 {
        *within = !fin;
    }
    let payload = payload(input, opcode)?;
    wire.push((u8::from(fin) << 7 | opcode) ^ (odd & 0xf0));
    put_length(input, wire, payload.len(), odd)?;
    wire.extend_from_slice(&payload);
    Ok(())
}

fn payload(input: &mut Unstructured<'_>, opcode: u8) -> Result<Vec<u8>> {
    let bytes = input.int_in_range(0..=30)?;
    let mut payload = input.bytes(bytes.min(input.len()))?.to_vec();
    match opcode {
        8 => {
            payload = if input.ratio(1, 4)? {
                payload
            } else {
                b"\x03\xe8bye \xc3\xa4".to_vec()
            };
        }
        // Letters of two and three bytes, which fragments cut anywhere.
        1 if input.ratio(7, 8)? => payload = String::from_utf8_lossy(&payload).into_owned().into_bytes(),
        _ => {}
    }
    if opcode < 8 && !payload.is_empty() {
        let size = match input.int_in_range(0..=15)? {
            0 => input.int_in_range(60_000..=70_000)?,
            1 => input.int_in_range(4000..=4200)?,
            2 => input.int_in_range(0..=300_000)?,
            3..=6 => input.int_in_range(0..=1000)?,
            _ => payload.len(),
        };
        payload = payload.iter().copied().cycle().take(size).collect();
    }
    Ok(payload)
}

/// The length may take more bytes than it needs, which RFC 6455 section 5.2 forbids and nobody refuses.
#[allow(clippy::cast_possible_truncation)] // The cases say what fits.
fn put_length(input: &mut Unstructured<'_>, wire: &mut Vec<u8>, length: usize, odd: u8) -> Result<()> {
    let masked = (odd & 1) << 7;
    let extra = if odd & 2 == 0 {
        0
    } else {
        input.int_in_range(0..=2)?
    };
    match length {
        0..=125 if extra == 0 => wire.push(masked + length as u8),
        0..=0xffff if extra < 2 => {
            wire.push(masked + 126);
            wire.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            wire.push(masked + 127);
            wire.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    Ok(())
}
