//! URLs without credentials, for logs and events.

use super::zone::split_zone;
use url::Url;

/// Returns a URL without user name and password. If it cannot be parsed, removes everything that may be one.
pub fn without_credentials(text: &str) -> String {
    parsed(text).unwrap_or_else(|| cut(text))
}

fn parsed(text: &str) -> Option<String> {
    let (text, zone) = split_zone(text.trim()).ok()?;
    let mut url = Url::parse(&text).ok()?;
    if url.cannot_be_a_base() {
        return None;
    }
    // A URL without a host has no credentials, and these methods fail.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let shown = String::from(url);
    Some(match zone {
        Some(zone) => shown.replacen(']', &format!("%25{zone}]"), 1),
        None => shown,
    })
}

/// Removes what stands between the scheme and the last `@`.
fn cut(text: &str) -> String {
    let (scheme, rest) = text.split_at(scheme_length(text));
    match rest.rsplit_once('@') {
        Some((_, rest)) => format!("{scheme}{rest}"),
        None => text.to_owned(),
    }
}

/// Returns the length of a scheme with the slashes after it; 0 if there is none.
fn scheme_length(text: &str) -> usize {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let Some((scheme, rest)) = text.split_once(':') else {
        return 0;
    };
    let is_scheme = scheme.starts_with(is_word)
        && scheme
            .chars()
            .all(|letter| is_word(letter) || "+.-".contains(letter));
    let slashes = rest.len() - rest.trim_start_matches(['/', '\\']).len();
    if is_scheme && slashes > 0 {
        scheme.len() + 1 + slashes
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_user_name_and_password() {
        for (url, shown) in [
            ("ws://user:secret@host/a@b", "ws://host/a@b"),
            ("ws://user@host:80", "ws://host/"),
            ("wss://host/?q#f", "wss://host/?q#f"),
            ("ws+unix:/run/s.sock:/x", "ws+unix:/run/s.sock:/x"),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }

    #[test]
    fn keeps_zones() {
        for (url, shown) in [
            (
                "ws://user:secret@[fe80::1%25lo]:1/a@b",
                "ws://[fe80::1%25lo]:1/a@b",
            ),
            ("ws://u:a%25secret]@[::1]:1/", "ws://[::1]:1/"),
            ("ws://[a%25secret]:p@[::1]:1/", "ws://[::1]:1/"),
            ("ws://[::1]:1/?q=%25a]", "ws://[::1]:1/?q=%25a]"),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }

    #[test]
    fn removes_what_may_be_credentials_of_a_malformed_url() {
        for (url, shown) in [
            ("ws://user:secret@127.0.0.1:1x/", "ws://127.0.0.1:1x/"),
            ("ws://user:sec/ret@h:1x/", "ws://h:1x/"),
            ("user:secret@host", "host"),
            ("a@b@c", "c"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }
}
