//! The check of text that arrives in parts.

use super::violation::FrameViolation;
use simdutf8::compat::from_utf8;

/// Returns the length of the front of `part` that is UTF-8. What follows are the first bytes of a character, at most
/// three. If it is an invalid sequence instead, it is reported once nothing valid precedes it.
pub(super) fn valid_prefix(part: &[u8]) -> Result<usize, FrameViolation> {
    match from_utf8(part) {
        Ok(text) => Ok(text.len()),
        Err(error) if error.valid_up_to() > 0 || error.error_len().is_none() => Ok(error.valid_up_to()),
        Err(_) => Err(FrameViolation::NotUtf8),
    }
}

/// Checks what a gathered text has after its first `checked` bytes, and advances that number. The text ends there if
/// `is_last`, and otherwise perhaps within a character.
pub(super) fn check_next(text: &[u8], checked: &mut usize, is_last: bool) -> Result<(), FrameViolation> {
    let unchecked = text.get(*checked..).unwrap_or_default();
    if simdutf8::basic::from_utf8(unchecked).is_ok() {
        *checked = text.len();
        return Ok(());
    }
    if is_last {
        return Err(FrameViolation::NotUtf8);
    }
    *checked += valid_prefix(unchecked)?;
    valid_prefix(text.get(*checked..).unwrap_or_default()).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_before_an_incomplete_character() {
        assert_eq!(valid_prefix("aä€𝄞".as_bytes()), Ok(10));
        for (text, whole) in [("a\u{e4}", 1), ("a\u{20ac}", 1), ("ab\u{1d11e}", 2)] {
            for cut in whole..text.len() {
                let part = text.as_bytes().get(..cut).unwrap_or_default();
                assert_eq!(valid_prefix(part), Ok(whole), "{text} cut at {cut}");
            }
        }
        assert_eq!(valid_prefix(b""), Ok(0));
    }

    #[test]
    fn reports_an_invalid_sequence_after_what_precedes_it() {
        assert_eq!(valid_prefix(b"ab\xff"), Ok(2));
        for invalid in [&b"\xff"[..], b"\xc3a", b"\xe2\x28", b"\xf4\x90", b"\xed\xa0"] {
            assert_eq!(
                valid_prefix(invalid),
                Err(FrameViolation::NotUtf8),
                "{invalid:x?}"
            );
        }
    }
}
