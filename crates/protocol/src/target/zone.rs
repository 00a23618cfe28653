//! Zones of IPv6 addresses (RFC 4007 section 11, RFC 6874), which WHATWG URLs do not support.

use super::error::TargetError;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// Splits a URL into the URL without its zone, and the zone. Accepts `%25eth0` of RFC 6874 and the common `%eth0`.
pub(super) fn split_zone(text: &str) -> Result<(Cow<'_, str>, Option<String>), TargetError> {
    let Some((before, rest)) = text.split_once("://") else {
        return Ok((text.into(), None));
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(end);
    // User info may contain brackets, too.
    let (user, host) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
    let literal = host.strip_prefix('[').and_then(|host| host.split_once(']'));
    let Some((address, port)) = literal else {
        return Ok((text.into(), None));
    };
    let Some((address, zone)) = address.split_once('%') else {
        return Ok((text.into(), None));
    };
    let zone = percent_decode_str(zone.strip_prefix("25").unwrap_or(zone)).decode_utf8_lossy();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~".contains(letter);
    if zone.is_empty() || !zone.chars().all(is_plain) {
        return Err(TargetError::Zone);
    }
    let without = format!("{before}://{user}[{address}]{port}{behind}");
    Ok((without.into(), Some(zone.into_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_both_forms() {
        for url in [
            "ws://u:p@[fe80::1%25eth0]:90/a?b",
            "ws://u:p@[fe80::1%eth0]:90/a?b",
        ] {
            let (without, zone) = split_zone(url).unwrap();
            assert_eq!(without, "ws://u:p@[fe80::1]:90/a?b");
            assert_eq!(zone.as_deref(), Some("eth0"));
        }
        assert_eq!(split_zone("ws://[fe80::1%254]/").unwrap().1.as_deref(), Some("4"));
    }

    #[test]
    fn ignores_percent_signs_elsewhere() {
        for url in [
            "ws://[::1]/a%20b]",
            "ws://a%5B%5D/",
            "ws://u%40:p@[::1]/",
            "nonsense",
            "ws://[::1]?[%25a]",
            "ws://[a%25b]:p@host/",
            "ws://[a%25b]@[::1]/",
        ] {
            let (without, zone) = split_zone(url).unwrap();
            assert_eq!((without.as_ref(), zone), (url, None));
        }
    }

    #[test]
    fn rejects_invalid_zones() {
        for url in [
            "ws://[fe80::1%]/",
            "ws://[fe80::1%25]/",
            "ws://[fe80::1%25a%20b]/",
        ] {
            assert_eq!(split_zone(url), Err(TargetError::Zone), "{url}");
        }
    }
}
