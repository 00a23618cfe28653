//! The grammar of `Sec-WebSocket-Extensions` (RFC 6455 section 9.1).

use crate::headers::is_token;

/// An extension in a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extension<'a> {
    pub(super) name: &'a str,
    /// In the order of the list.
    pub(super) parameters: Vec<Parameter<'a>>,
}

/// A parameter of an extension.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameter<'a> {
    pub(super) name: &'a str,
    /// The value without quotes, if there is one.
    pub(super) value: Option<String>,
}

/// Parses one header line. Returns `None` if it is not a list of extensions. Empty elements are skipped (RFC 9110
/// section 5.6.1.2).
pub(super) fn parse(line: &str) -> Option<Vec<Extension<'_>>> {
    let mut scanner = Scanner { rest: line };
    let mut extensions = Vec::new();
    loop {
        while scanner.takes(',') {}
        if scanner.rest.is_empty() {
            return Some(extensions);
        }
        extensions.push(scanner.extension()?);
        if !scanner.takes(',') && !scanner.rest.is_empty() {
            return None;
        }
    }
}

/// The part of a line that has not been read.
struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    /// Skips whitespace, and then a separator if it comes next, with the whitespace after it. Returns whether it did.
    fn takes(&mut self, separator: char) -> bool {
        let whitespace = [' ', '\t'];
        self.rest = self.rest.trim_start_matches(whitespace);
        let Some(rest) = self.rest.strip_prefix(separator) else {
            return false;
        };
        self.rest = rest.trim_start_matches(whitespace);
        true
    }

    fn extension(&mut self) -> Option<Extension<'a>> {
        let name = self.token()?;
        let mut parameters = Vec::new();
        while self.takes(';') {
            parameters.push(self.parameter()?);
        }
        Some(Extension { name, parameters })
    }

    fn parameter(&mut self) -> Option<Parameter<'a>> {
        let name = self.token()?;
        let value = if self.takes('=') {
            Some(self.value()?)
        } else {
            None
        };
        Some(Parameter { name, value })
    }

    fn token(&mut self) -> Option<&'a str> {
        let length = self.rest.find([' ', '\t', ',', ';', '=', '"']);
        let (token, rest) = self.rest.split_at_checked(length.unwrap_or(self.rest.len()))?;
        self.rest = rest;
        is_token(token).then_some(token)
    }

    /// Reads a token or a quoted string. Without its quotes, the string has to be a token as well.
    fn value(&mut self) -> Option<String> {
        let Some(quoted) = self.rest.strip_prefix('"') else {
            return self.token().map(str::to_owned);
        };
        let mut value = String::new();
        let mut chars = quoted.chars();
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => value.push(chars.next()?),
                char => value.push(char),
            }
        }
        self.rest = chars.as_str();
        is_token(&value).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a list in one form: `name;parameter=value,…`.
    fn plain(line: &str) -> Option<String> {
        let parameter = |Parameter { name, value }: &Parameter<'_>| match value {
            Some(value) => format!(";{name}={value}"),
            None => format!(";{name}"),
        };
        let extension = |Extension { name, parameters }: &Extension<'_>| {
            name.to_string() + &parameters.iter().map(parameter).collect::<String>()
        };
        let extensions = parse(line)?;
        Some(extensions.iter().map(extension).collect::<Vec<_>>().join(","))
    }

    #[test]
    fn reads_names_parameters_and_values() {
        for (line, expected) in [
            ("", ""),
            (" , ,\t, ", ""),
            ("a", "a"),
            ("a,b", "a,b"),
            (",a ,, b,", "a,b"),
            ("a;b", "a;b"),
            ("a;b;b", "a;b;b"),
            ("a; b=1; c", "a;b=1;c"),
            ("a\t;\tb\t=\t1\t,\tc", "a;b=1,c"),
            (r#"a; b="1"; c"#, "a;b=1;c"),
            (r#"a; b="1\5""#, "a;b=15"),
            (r#"a; b="1", c"#, "a;b=1,c"),
            ("permessage-deflate;x_y.z=*", "permessage-deflate;x_y.z=*"),
        ] {
            assert_eq!(plain(line).as_deref(), Some(expected), "{line:?}");
        }
    }

    #[test]
    fn rejects_what_is_not_a_list() {
        for line in [
            ";",
            "=",
            "a;",
            "a; ,b",
            "a;;b",
            "a;=1",
            "a;b=",
            "a;b=1=2",
            "a b",
            "a;b c",
            "a;b=1 2",
            "a=1",
            "\"a\"",
            r#"a;"b""#,
            r#"a;b=""#,
            r#"a;b="""#,
            r#"a;b="1"#,
            r#"a;b="1\"#,
            r#"a;b="1 2""#,
            r#"a;b="1,2""#,
            r#"a;b="\"""#,
            r#"a;b="1"2"#,
            r#"a;b=1"2""#,
            "a;b=é",
            "é",
            "a\u{b}",
            "a;b@c",
            "(a)",
        ] {
            assert_eq!(parse(line), None, "{line:?}");
        }
    }
}
