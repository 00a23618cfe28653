//! Header lines: the grammar of names and values (RFC 9110 section 5), and their bytes.

use super::error::HeaderError;

/// A header: its name in the caller's spelling, and its value.
pub type Header = (String, String);

/// Whether `text` is a token (RFC 9110 section 5.6.2).
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Checks one request header of the caller: its name is a token, its value is Latin-1 without control characters.
pub fn check_header(name: &str, value: &str) -> Result<(), HeaderError> {
    if !is_token(name) {
        return Err(HeaderError::Name(name.to_owned()));
    }
    if value
        .bytes()
        .any(|byte| (byte < 0x20 && byte != b'\t') || byte == 0x7f)
    {
        return Err(HeaderError::Value(name.to_owned()));
    }
    if value.chars().any(|char| u8::try_from(char).is_err()) {
        return Err(HeaderError::Encoding(name.to_owned()));
    }
    Ok(())
}

/// Whether one of the headers has this name, ignoring case.
pub fn holds(headers: &[Header], name: &str) -> bool {
    headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))
}

/// Appends a header line. The value has been checked by [`check_header`], so it is Latin-1.
pub fn put_line(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend(value.chars().map(|char| u8::try_from(char).unwrap_or(b'?')));
    out.extend_from_slice(b"\r\n");
}

/// Whether the comma-separated list in `value` holds `token`, ignoring case.
pub fn list_holds(value: &str, token: &str) -> bool {
    value
        .split(',')
        .any(|item| item.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_header_injection() {
        for value in ["a\r\nEvil: 1", "a\nb", "a\0b", "\u{7f}"] {
            assert_eq!(check_header("X-A", value), Err(HeaderError::Value("X-A".into())));
        }
        for name in ["", "X A", "X:A", "X\r\n", "Ü"] {
            assert_eq!(check_header(name, "v"), Err(HeaderError::Name(name.into())));
        }
        assert_eq!(check_header("X-A", "tab\tand ümlaut"), Ok(()));
    }

    #[test]
    fn encodes_values_as_latin_1() {
        let mut out = Vec::new();
        put_line(&mut out, "X-A", "a\u{80}é\u{ff}");
        assert_eq!(out, b"X-A: a\x80\xe9\xff\r\n");
        for value in ["\u{100}", "€", "😀", "\u{fffd}"] {
            assert_eq!(
                check_header("X-A", value),
                Err(HeaderError::Encoding("X-A".into()))
            );
        }
    }

    #[test]
    fn searches_a_list_item_by_item() {
        assert!(list_holds("keep-alive,  UPGRADE", "upgrade"));
        assert!(!list_holds("upgraded", "upgrade"));
    }
}
