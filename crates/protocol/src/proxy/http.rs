//! HTTP's CONNECT: the request for a tunnel through a proxy, and what the status of the response means (RFC 9110
//! section 9.3.6).

use super::proxy_url::{Credentials, Proxy, authority};
use crate::headers::{Header, holds, put_line};
use crate::response::Response;
use crate::target::Target;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

impl Proxy {
    /// Encodes the CONNECT request for a tunnel to `target`. `headers` are the caller's and have been checked; `Host`
    /// and `Proxy-Authorization` among them replace those of the proxy's URL.
    pub fn connect_request(&self, target: &Target, headers: &[Header]) -> Vec<u8> {
        let authority = authority(&target.host, target.port);
        let mut out = format!("CONNECT {authority} HTTP/1.1\r\n").into_bytes();
        if !holds(headers, "host") {
            put_line(&mut out, "Host", &authority);
        }
        if let Some(Credentials { username, password }) = &self.credentials
            && !holds(headers, "proxy-authorization")
        {
            let pair = STANDARD.encode(format!("{username}:{password}"));
            put_line(&mut out, "Proxy-Authorization", &format!("Basic {pair}"));
        }
        for (name, value) in headers {
            put_line(&mut out, name, value);
        }
        out.extend_from_slice(b"\r\n");
        out
    }
}

/// Whether the proxy has opened the tunnel. Such a response has no body, whatever its headers say (RFC 9110 section
/// 9.3.6).
pub fn is_tunnel(response: &Response) -> bool {
    response.status / 100 == 2
}

/// Whether an HTTP proxy requires credentials, or other ones. 401 is meant for servers, but some proxies send it.
pub fn wants_credentials(status: u16) -> bool {
    matches!(status, 401 | 407)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(text: &str) -> Proxy {
        Proxy::parse(text).unwrap()
    }

    #[test]
    fn requests_a_tunnel_by_host_and_port() {
        let target = Target::parse("wss://[::1]/a").unwrap();
        assert_eq!(
            proxy("http://a").connect_request(&target, &[]),
            b"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n"
        );
        let request = proxy("http://user:pass@a").connect_request(&Target::parse("ws://b:81").unwrap(), &[]);
        let expected =
            "CONNECT b:81 HTTP/1.1\r\nHost: b:81\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n";
        assert_eq!(request, expected.as_bytes());
    }

    #[test]
    fn headers_of_the_caller_are_added_or_replace_others() {
        let target = Target::parse("ws://b:81").unwrap();
        let headers = [("proxy-authorization", "Bearer é"), ("X-A", "1"), ("X-A", "2")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            proxy("http://user:pass@a").connect_request(&target, &headers),
            b"CONNECT b:81 HTTP/1.1\r\nHost: b:81\r\nproxy-authorization: Bearer \xe9\r\nX-A: 1\r\nX-A: 2\r\n\r\n"
        );
        let host = [("host".to_owned(), "c".to_owned())];
        assert_eq!(
            proxy("http://a").connect_request(&target, &host),
            b"CONNECT b:81 HTTP/1.1\r\nhost: c\r\n\r\n"
        );
    }
}
