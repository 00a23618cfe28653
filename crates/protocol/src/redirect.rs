//! Redirects (RFC 9110 section 15.4): where they lead, and which headers may follow them.

use crate::headers::Header;
use crate::target::{Target, TargetError};

/// Request headers that must not be sent to another origin.
const PRIVATE: [&str; 4] = ["authorization", "cookie", "host", "proxy-authorization"];

/// Why a redirect is not followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// The response has no `Location`.
    #[error("redirect without a Location")]
    NoLocation,
    /// The response has more than one `Location`.
    #[error("redirect with {0} Location headers")]
    Locations(usize),
    /// The `Location` is not a URL to connect to.
    #[error("redirect to {location:?}: {reason}")]
    Location {
        /// The `Location` as the server sent it.
        location: String,
        /// What is wrong with it.
        reason: TargetError,
    },
    /// The redirect would downgrade from `wss:` to `ws:`.
    #[error("redirect from wss: to {0:?}, which has no TLS")]
    Insecure(String),
    /// The proxy cannot connect to the new target.
    #[error("redirect to a target that the proxy cannot reach: {0}")]
    Proxy(String),
    /// The limit of redirects is reached.
    #[error("redirected again after {0} redirects")]
    TooMany(u32),
}

/// Whether a status is a redirect. As the request is a GET, all of them repeat it at the new target.
pub fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Returns the target that a response of `from` redirects to, without its fragment. `locations` are the values of all
/// its `Location` headers.
pub fn follow(from: &Target, locations: &[impl AsRef<str>]) -> Result<Target, RedirectError> {
    let location = match locations {
        [] => return Err(RedirectError::NoLocation),
        [location] => location.as_ref(),
        more => return Err(RedirectError::Locations(more.len())),
    };
    let target = from.join(location).map_err(|reason| RedirectError::Location {
        location: location.to_owned(),
        reason,
    })?;
    if from.secure && !target.secure {
        return Err(RedirectError::Insecure(location.to_owned()));
    }
    Ok(target)
}

/// Returns the headers that may be sent to another origin.
pub fn without_private(headers: &[Header]) -> Vec<Header> {
    let is_public = |name: &str| !PRIVATE.iter().any(|private| private.eq_ignore_ascii_case(name));
    headers
        .iter()
        .filter(|(name, _)| is_public(name))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target::parse(url).unwrap()
    }

    fn redirected(from: &str, location: &str) -> (bool, String, String) {
        let to = follow(&target(from), &[location]).unwrap();
        (to.secure, to.authority, to.resource)
    }

    #[test]
    fn resolves_relative_and_absolute_locations() {
        let expect = |secure, authority: &str, resource: &str| (secure, authority.into(), resource.into());
        assert_eq!(redirected("ws://a/b/c?d", "e?f#g"), expect(false, "a", "/b/e?f"));
        assert_eq!(redirected("ws://a:1/b", "/c"), expect(false, "a:1", "/c"));
        assert_eq!(redirected("ws://a/b", "//c:5/d"), expect(false, "c:5", "/d"));
        assert_eq!(redirected("ws://a/", "https://b/"), expect(true, "b", "/"));
        assert_eq!(redirected("wss://a/", "wss://a:444/"), expect(true, "a:444", "/"));
    }

    #[test]
    fn never_downgrades_from_tls() {
        for location in ["ws://a/", "http://a/"] {
            let refused = follow(&target("wss://a/"), &[location]);
            assert_eq!(refused, Err(RedirectError::Insecure(location.into())));
        }
    }

    #[test]
    fn rejects_locations_that_are_not_websocket_urls() {
        let from = target("ws://a/");
        assert_eq!(follow(&from, &[] as &[&str]), Err(RedirectError::NoLocation));
        let two = follow(&from, &["/b", "/b"]).unwrap_err();
        assert_eq!(two.to_string(), "redirect with 2 Location headers");
        for location in ["ftp://a/", "ws://", "mailto:a@b"] {
            let refused = follow(&from, &[location]);
            assert!(
                matches!(refused, Err(RedirectError::Location { .. })),
                "{location}"
            );
        }
    }

    #[test]
    fn credentials_are_kept_for_the_same_origin_only() {
        let from = target("ws://user:pw@a/");
        assert!(follow(&from, &["/b"]).unwrap().authorization.is_some());
        assert_eq!(follow(&from, &["ws://b/"]).unwrap().authorization, None);
        assert_eq!(follow(&from, &["ws://a:81/"]).unwrap().authorization, None);
        assert!(follow(&from, &["ws://c:d@b/"]).unwrap().authorization.is_some());
        let headers = ["Cookie", "X-Kept", "HOST", "authorization", "Proxy-Authorization"]
            .map(|name| (name.to_owned(), "x".to_owned()));
        assert_eq!(without_private(&headers), [("X-Kept".to_owned(), "x".to_owned())]);
    }

    #[test]
    fn a_redirect_to_the_same_host_keeps_socket_and_zone() {
        for (from, location) in [
            ("ws+unix:/tmp/s:/a", "/b"),
            ("ws+unix:/tmp/s:/a", "http://localhost/b"),
            ("ws://[fe80::1%25eth0]:9/a", "b"),
            ("ws://[fe80::1%25eth0]:9/a", "ws://[fe80::1]:9/b"),
        ] {
            let from = target(from);
            let to = follow(&from, &[location]).unwrap();
            assert_eq!((&to.socket, &to.host), (&from.socket, &from.host));
            assert_eq!(to.resource, "/b");
        }
        let away = follow(&target("ws+unix:/tmp/s:/a"), &["ws://localhost:81/"]).unwrap();
        assert_eq!(away.socket, None);
        for from in ["ws://a/", "ws+unix:/tmp/s:/a"] {
            let refused = follow(&target(from), &["ws+unix:/tmp/t:/a"]);
            assert!(matches!(refused, Err(RedirectError::Location { .. })));
        }
    }
}
