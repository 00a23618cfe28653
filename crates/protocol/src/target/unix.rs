//! URLs of Unix sockets, in the form of the npm package `ws`: `ws+unix:/path/of/socket:/resource?query`.

use super::error::TargetError;
use percent_encoding::percent_decode_str;
use url::Url;

/// Splits the URL of a Unix socket into the path of the socket and the URL to request there. Returns `None` if `url`
/// has another scheme.
///
/// The path may be percent-encoded; a colon in it must be. A path that begins with `%00` is a name in Linux's abstract
/// namespace.
pub(super) fn split_socket(url: &Url) -> Result<Option<(String, Url)>, TargetError> {
    let Some(scheme) = url.scheme().strip_suffix("+unix") else {
        return Ok(None);
    };
    if !matches!(scheme, "ws" | "wss") {
        return Err(TargetError::Scheme(url.scheme().to_owned()));
    }
    let (path, resource) = url.path().split_once(':').unwrap_or((url.path(), "/"));
    let path = percent_decode_str(path).decode_utf8().unwrap_or_default();
    if url.host_str().is_some_and(|host| !host.is_empty()) || path.is_empty() || path == "/" {
        return Err(TargetError::Socket);
    }
    // Only a path: an attacker who controls it must not control scheme, host and port.
    if !resource.is_empty() && !resource.starts_with('/') {
        return Err(TargetError::Socket);
    }
    // `ws` and Node send this host.
    let base = Url::parse(&format!("{scheme}://localhost/"))
        .map_err(|error| TargetError::Syntax(error.to_string()))?;
    let mut inner = base
        .join(resource)
        .map_err(|error| TargetError::Syntax(error.to_string()))?;
    inner.set_query(url.query());
    if inner.origin() != base.origin() || !inner.username().is_empty() || inner.password().is_some() {
        return Err(TargetError::Socket);
    }
    Ok(Some((path.into_owned(), inner)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Result<Option<(String, Url)>, TargetError> {
        split_socket(&Url::parse(text).unwrap())
    }

    fn split_parts(text: &str) -> (String, String) {
        let (path, url) = split(text).unwrap().unwrap();
        (path, url.into())
    }

    #[test]
    fn splits_at_the_first_colon() {
        let expect = |path: &str, url: &str| (path.to_owned(), url.to_owned());
        assert_eq!(split_parts("ws+unix:/tmp/s"), expect("/tmp/s", "ws://localhost/"));
        assert_eq!(
            split_parts("ws+unix:///tmp/s:/a:b?c:d"),
            expect("/tmp/s", "ws://localhost/a:b?c:d")
        );
        assert_eq!(
            split_parts("wss+unix:/tmp/s:/a"),
            expect("/tmp/s", "wss://localhost/a")
        );
        assert_eq!(
            split_parts("ws+unix:/tmp/a%20b%3Ac:/d"),
            expect("/tmp/a b:c", "ws://localhost/d")
        );
        assert_eq!(
            split_parts("ws+unix:%00name:/"),
            expect("\0name", "ws://localhost/")
        );
        assert_eq!(
            split_parts("ws+unix:run/s?q"),
            expect("run/s", "ws://localhost/?q")
        );
    }

    #[test]
    fn rejects_urls_without_a_path_or_with_a_host() {
        for url in [
            "ws+unix:",
            "ws+unix:/",
            "ws+unix::/a",
            "ws+unix://host/tmp/s",
            "ws+unix:/tmp/s://other/a",
            "ws+unix:/tmp/s:/\\other/a",
            "ws+unix:/tmp/s://user@localhost/a",
            "ws+unix:/tmp/s://localhost:99/a",
            "wss+unix:/tmp/s:ws://localhost/a",
            "ws+unix:/tmp/s:https://localhost/a",
            "ws+unix:/tmp/s:a",
            "ws+unix:/%FF",
        ] {
            assert_eq!(split(url), Err(TargetError::Socket), "{url}");
        }
        assert_eq!(
            split("http+unix:/a"),
            Err(TargetError::Scheme("http+unix".into()))
        );
        assert_eq!(split("ws://a/"), Ok(None));
    }
}
