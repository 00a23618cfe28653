//! Bytes as hexadecimal text, as scripts and transcripts have them.

use std::fmt::Write as _;

/// Reads hex digits; white space between them is for the reader of the test.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|character| !character.is_whitespace())
        .map(|character| character.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()
        .ok_or_else(|| format!("`{text}` is not hexadecimal"))?;
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(format!("`{text}` has an odd number of digits"));
    }
    Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Writes lower-case hex digits.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignores_spaces_between_digits() {
        assert_eq!(decode("81 01\n6 1").unwrap(), [0x81, 1, 0x61]);
        assert_eq!(encode(&[0x81, 1, 0x61]), "810161");
    }

    #[test]
    fn refuses_half_bytes_and_other_letters() {
        assert!(decode("810").unwrap_err().contains("odd"));
        assert!(decode("8g").is_err());
    }
}
