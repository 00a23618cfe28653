//! The chunked transfer coding (RFC 9112 section 7.1), decoded as it arrives: each byte is read once.

/// Most hexadecimal digits of a chunk's size: 64 bits.
const MAX_DIGITS: u8 = 16;

/// What the next byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The size of a chunk: the value and the number of the digits so far.
    Size(u64, u8),
    /// An extension or anything else after the size, up to the end of the line.
    Extension(u64),
    /// The line feed after the carriage return that ends the line of a size.
    SizeEnd(u64),
    /// Content, of which this many bytes are left.
    Content(u64),
    /// The line end after a chunk's content.
    ContentEnd,
    /// Nothing: the last chunk has arrived, or an invalid one, which ends the body, too. Trailers are ignored.
    Nothing,
}

/// Decodes chunks.
#[derive(Debug)]
pub(super) struct Chunks {
    next: Next,
}

impl Default for Chunks {
    fn default() -> Self {
        Self {
            next: Next::Size(0, 0),
        }
    }
}

impl Chunks {
    /// Appends the content among these bytes to `body`. Returns `true` once the body is complete.
    pub(super) fn handle_bytes(&mut self, mut bytes: &[u8], body: &mut Vec<u8>) -> bool {
        while let Some((&byte, rest)) = bytes.split_first() {
            bytes = match self.next {
                Next::Nothing => return true,
                Next::Content(left) => {
                    let most = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    let (content, behind) = bytes.split_at_checked(most).unwrap_or((bytes, &[]));
                    body.extend_from_slice(content);
                    self.next = match left - content.len() as u64 {
                        0 => Next::ContentEnd,
                        left => Next::Content(left),
                    };
                    behind
                }
                next => {
                    self.next = after(next, byte);
                    rest
                }
            };
        }
        self.next == Next::Nothing
    }
}

/// Returns what follows a byte that is not content. A line may end without a carriage return (RFC 9112 section 2.2).
fn after(next: Next, byte: u8) -> Next {
    match (next, byte) {
        (Next::Size(size, digits @ 0..MAX_DIGITS), b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
            let digit = char::from(byte).to_digit(16).unwrap_or_default();
            Next::Size(size << 4 | u64::from(digit), digits + 1)
        }
        (Next::Size(_, 0), _) => Next::Nothing,
        (Next::Size(size, _) | Next::Extension(size) | Next::SizeEnd(size), b'\n') => match size {
            0 => Next::Nothing,
            size => Next::Content(size),
        },
        (Next::Size(size, _) | Next::Extension(size), b'\r') => Next::SizeEnd(size),
        (Next::Size(size, _), b';' | b' ' | b'\t') | (Next::Extension(size), _) => Next::Extension(size),
        (Next::ContentEnd, b'\r') => Next::ContentEnd,
        (Next::ContentEnd, b'\n') => Next::Size(0, 0),
        _ => Next::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the content of `wire`, and whether it is complete, which must be the same at once and byte by byte.
    fn read(wire: &[u8]) -> (String, bool) {
        let (mut whole, mut parts) = (Vec::new(), Vec::new());
        let over = Chunks::default().handle_bytes(wire, &mut whole);
        let mut chunks = Chunks::default();
        let mut is_over = false;
        for byte in wire {
            is_over = chunks.handle_bytes(std::slice::from_ref(byte), &mut parts);
        }
        assert_eq!((&parts, is_over), (&whole, over));
        (String::from_utf8(whole).unwrap(), over)
    }

    #[test]
    fn joins_content_and_drops_sizes_extensions_and_trailers() {
        let joined = ("hello".to_owned(), true);
        for wire in [
            "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
            "3;name=\"a b\";c\r\nhel\r\n02 ; x\r\nlo\r\n0;last\r\n\r\n",
            "5\nhello\n0\n",
            "5\r\nhello\r\n000\r\nTrailer: 3\r\n\r\n",
            "0000000000000005\r\nhello\r\n0\r\n5\r\nworld\r\n",
        ] {
            assert_eq!(read(wire.as_bytes()), joined, "{wire:?}");
        }
        let letters = "a".repeat(0xab);
        assert_eq!(read(format!("aB\r\n{letters}\r\n").as_bytes()), (letters, false));
    }

    #[test]
    fn invalid_bytes_end_the_body() {
        for (wire, content) in [
            ("zz\r\n", ""),
            ("-1\r\n", ""),
            ("\r\n", ""),
            (";\r\n", ""),
            ("00000000000000001\r\na", ""),
            ("2\rxab", ""),
            ("2\r\nabc\r\n", "ab"),
            ("2x\r\nab", ""),
        ] {
            assert_eq!(read(wire.as_bytes()), (content.to_owned(), true), "{wire:?}");
        }
    }

    #[test]
    fn a_large_size_allocates_nothing() {
        let mut body = Vec::new();
        assert!(!Chunks::default().handle_bytes(b"ffffffffffffffff\r\nabc", &mut body));
        assert_eq!(body, b"abc");
        assert!(body.capacity() < 1000);
    }
}
