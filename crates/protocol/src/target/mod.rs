//! WebSocket URLs (RFC 6455 section 3), parsed into what a connection needs.

mod display;
mod error;
mod unix;
mod zone;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use std::net::{IpAddr, Ipv6Addr};
use unix::split_socket;
use url::{Host, Url};
use zone::split_zone;

pub use display::without_credentials;
pub use error::TargetError;

/// Where to connect, and what to request there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Whether TLS carries the connection (`wss:`, `https:`, `wss+unix:`).
    pub secure: bool,
    /// Path of the Unix socket to connect to instead of host and port. A leading NUL means Linux's
    /// abstract namespace.
    pub socket: Option<String>,
    /// Host to resolve or to dial.
    pub host: Name,
    /// TCP port; the scheme's default if the URL has none.
    pub port: u16,
    /// Value of the `Host` header: without the port if it is the scheme's default.
    pub authority: String,
    /// Path and query of the request line.
    pub resource: String,
    /// Value of the `Authorization` header, if the URL has credentials.
    pub authorization: Option<String>,
    /// The base of relative redirects.
    url: Url,
}

/// The host of a [`Target`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// A name to resolve, in its ASCII form (IDNA).
    Domain(String),
    /// An address.
    Address(IpAddr),
    /// An IPv6 address with the zone of its interface (RFC 4007 section 11).
    Scoped(Ipv6Addr, String),
}

impl Name {
    /// Returns the name or the address as text without brackets, which is the form that `getaddrinfo` accepts.
    pub fn to_text(&self) -> String {
        match self {
            Self::Domain(name) => name.clone(),
            Self::Address(address) => address.to_string(),
            Self::Scoped(address, zone) => format!("{address}%{zone}"),
        }
    }
}

impl Target {
    /// Parses a URL.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let (text, zone) = split_zone(text.trim())?;
        let url = Url::parse(&text).map_err(|error| TargetError::Syntax(error.to_string()))?;
        if url.fragment().is_some() {
            return Err(TargetError::Fragment);
        }
        if let Some((path, inner)) = split_socket(&url)? {
            let mut target = Self::from_url(inner)?;
            target.socket = Some(path);
            return Ok(target);
        }
        let mut target = Self::from_url(url)?;
        if let Some(zone) = zone {
            let Name::Address(IpAddr::V6(address)) = target.host else {
                return Err(TargetError::Zone);
            };
            target.host = Name::Scoped(address, zone);
        }
        Ok(target)
    }

    /// Resolves `location` relative to this target. Credentials are kept only for the same origin.
    pub(crate) fn join(&self, location: &str) -> Result<Self, TargetError> {
        let mut url = self
            .url
            .join(location)
            .map_err(|error| TargetError::Syntax(error.to_string()))?;
        // RFC 9110 section 10.2.2 allows a fragment in a `Location`.
        url.set_fragment(None);
        if url.scheme().ends_with("+unix") {
            return Err(TargetError::ForeignSocket);
        }
        let mut target = Self::from_url(url)?;
        if target.url.host() == self.url.host() && target.port == self.port {
            // The server knows neither the path of its socket nor the zone of its address.
            target.host.clone_from(&self.host);
            target.socket.clone_from(&self.socket);
        }
        if target.authorization.is_none() && self.is_same_origin(&target) {
            target.authorization.clone_from(&self.authorization);
        }
        Ok(target)
    }

    /// Whether both targets have the same origin (RFC 6454 section 4).
    pub fn is_same_origin(&self, other: &Self) -> bool {
        self.secure == other.secure
            && self.socket == other.socket
            && self.host == other.host
            && self.port == other.port
    }

    fn from_url(url: Url) -> Result<Self, TargetError> {
        let secure = match url.scheme() {
            "ws" | "http" => false,
            "wss" | "https" => true,
            other => return Err(TargetError::Scheme(other.to_owned())),
        };
        let shown = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or(TargetError::Host)?;
        let authority = match url.port() {
            Some(port) => format!("{shown}:{port}"),
            None => shown.to_owned(),
        };
        Ok(Self {
            secure,
            socket: None,
            host: host_name(&url)?,
            port: url.port_or_known_default().ok_or(TargetError::Host)?,
            authority,
            resource: resource(&url),
            authorization: authorization(&url),
            url,
        })
    }
}

fn host_name(url: &Url) -> Result<Name, TargetError> {
    match url.host().ok_or(TargetError::Host)? {
        Host::Domain(name) => Ok(Name::Domain(name.to_owned())),
        Host::Ipv4(address) => Ok(Name::Address(address.into())),
        Host::Ipv6(address) => Ok(Name::Address(address.into())),
    }
}

fn resource(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// Returns basic credentials (RFC 7617) made of the URL's user name and password.
fn authorization(url: &Url) -> Option<String> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut pair: Vec<u8> = percent_decode_str(url.username()).collect();
    pair.push(b':');
    pair.extend(percent_decode_str(url.password().unwrap_or_default()));
    Some(format!("Basic {}", STANDARD.encode(pair)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Target {
        Target::parse(text).unwrap()
    }

    #[test]
    fn the_host_header_omits_default_ports() {
        let plain = parse("ws://example.com");
        assert_eq!(
            (plain.port, plain.authority.as_str(), plain.resource.as_str()),
            (80, "example.com", "/")
        );
        let secure = parse("wss://example.com:443/a?b=c");
        assert_eq!((secure.port, secure.authority.as_str()), (443, "example.com"));
        assert_eq!(secure.resource, "/a?b=c");
        assert_eq!(parse("ws://example.com:8080/").authority, "example.com:8080");
    }

    #[test]
    fn http_schemes_mean_their_websocket_counterparts() {
        assert!(!parse("http://a/").secure);
        assert!(parse("https://a/").secure);
        assert_eq!(parse("https://a/").port, 443);
    }

    #[test]
    fn ipv6_literals_have_brackets_in_the_host_header_only() {
        let target = parse("ws://[::1]:9000/x");
        assert_eq!(target.host, Name::Address("::1".parse().unwrap()));
        assert_eq!(target.host.to_text(), "::1");
        assert_eq!(target.authority, "[::1]:9000");
    }

    #[test]
    fn the_host_header_omits_zones() {
        let target = parse("ws://[fe80::1%25eth0]:9000/x");
        assert_eq!(target.host.to_text(), "fe80::1%eth0");
        assert_eq!(target.authority, "[fe80::1]:9000");
        assert_eq!(Target::parse("ws://[1.2.3.4%25a]/").ok(), None);
    }

    #[test]
    fn unix_sockets_have_the_host_localhost() {
        let target = parse("wss+unix:/run/s.sock:/x?y");
        assert_eq!(target.socket.as_deref(), Some("/run/s.sock"));
        assert_eq!(
            (target.authority.as_str(), target.resource.as_str()),
            ("localhost", "/x?y")
        );
        assert!(target.secure);
    }

    #[test]
    fn converts_international_names_to_ascii() {
        assert_eq!(
            parse("ws://bücher.example/").host,
            Name::Domain("xn--bcher-kva.example".into())
        );
    }

    #[test]
    fn decodes_percent_encoded_credentials() {
        let target = parse("ws://us%3Aer:p%40ss@host/");
        assert_eq!(target.authorization.as_deref(), Some("Basic dXM6ZXI6cEBzcw=="));
        assert_eq!(parse("ws://host/").authorization, None);
    }

    #[test]
    fn rejects_other_urls() {
        assert!(matches!(Target::parse("nonsense"), Err(TargetError::Syntax(_))));
        assert_eq!(Target::parse("ftp://a/"), Err(TargetError::Scheme("ftp".into())));
        assert_eq!(Target::parse("ws://a/#top"), Err(TargetError::Fragment));
        assert!(Target::parse("ws://").is_err());
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let same = |one, other| parse(one).is_same_origin(&parse(other));
        assert!(same("ws://a/", "http://a:80/b"));
        for other in ["wss://a/", "ws://b/", "ws://a:81/"] {
            assert!(!same("ws://a/", other), "{other}");
        }
    }
}
