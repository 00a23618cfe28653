//! A proxy and its URL.

use crate::target::Name;
use percent_encoding::percent_decode_str;
use std::fmt;
use url::{Host, Url};

/// The protocol of a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// CONNECT over HTTP.
    Http,
    /// CONNECT over HTTPS.
    Https,
    /// SOCKS4: the client resolves the target's IPv4 address.
    Socks4,
    /// `SOCKS4a`: the proxy resolves the name.
    Socks4a,
    /// SOCKS5 (RFC 1928): the client resolves the target's address.
    Socks5,
    /// SOCKS5: the proxy resolves the name.
    Socks5h,
}

impl Scheme {
    /// Reads the scheme of a URL. `socks:` without a version means SOCKS5 with names, as in other clients for Node.
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "http" => Self::Http,
            "https" => Self::Https,
            "socks4" => Self::Socks4,
            "socks4a" => Self::Socks4a,
            "socks5" => Self::Socks5,
            "socks5h" | "socks" => Self::Socks5h,
            _ => return None,
        })
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks4 => "socks4",
            Self::Socks4a => "socks4a",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            _ => 1080,
        }
    }
}

/// A user name and a password. SOCKS4 uses the user name only.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// A proxy. `Display` omits its credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// The protocol.
    pub scheme: Scheme,
    /// The host.
    pub host: Name,
    /// The port; 80, 443 or, with SOCKS, 1080 if the URL has none.
    pub port: u16,
    /// Credentials for the proxy.
    pub credentials: Option<Credentials>,
}

/// Why a text is not the URL of a proxy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyUrlError {
    /// The text is not a URL, or has no host.
    #[error("{0}")]
    Syntax(String),
    /// The scheme is not one of a proxy.
    #[error("scheme \"{0}:\" is not one of http:, https:, socks4:, socks4a:, socks5:, socks5h: and socks:")]
    Scheme(String),
}

impl Proxy {
    /// Parses the URL of a proxy. Its path is ignored.
    pub fn parse(text: &str) -> Result<Self, ProxyUrlError> {
        let url = Url::parse(text).map_err(|error| ProxyUrlError::Syntax(error.to_string()))?;
        let scheme = Scheme::parse(url.scheme()).ok_or(ProxyUrlError::Scheme(url.scheme().to_owned()))?;
        Ok(Self {
            scheme,
            host: host(&url)?,
            port: url.port().unwrap_or(scheme.default_port()),
            credentials: credentials(&url)?,
        })
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}://{}",
            self.scheme.as_str(),
            authority(&self.host, self.port)
        )
    }
}

/// Returns host and port. Omits a zone, which has no meaning on another machine.
pub(super) fn authority(host: &Name, port: u16) -> String {
    match host {
        Name::Domain(name) => format!("{name}:{port}"),
        Name::Address(address) => std::net::SocketAddr::new(*address, port).to_string(),
        Name::Scoped(address, _) => format!("[{address}]:{port}"),
    }
}

/// Parses the host. The crate `url` leaves it unparsed for schemes that are not special.
fn host(url: &Url) -> Result<Name, ProxyUrlError> {
    let text = url.host_str().filter(|host| !host.is_empty());
    let text = text.ok_or(ProxyUrlError::Syntax("there is no host".to_owned()))?;
    match Host::parse(text).map_err(|error| ProxyUrlError::Syntax(error.to_string()))? {
        Host::Domain(name) => Ok(Name::Domain(name)),
        Host::Ipv4(address) => Ok(Name::Address(address.into())),
        Host::Ipv6(address) => Ok(Name::Address(address.into())),
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, ProxyUrlError> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(None);
    }
    let decode = |text| {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded.map_err(|_| ProxyUrlError::Syntax("user name or password is not UTF-8".to_owned()))
    };
    Ok(Some(Credentials {
        username: decode(url.username())?.into_owned(),
        password: decode(url.password().unwrap_or_default())?.into_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(text: &str) -> Proxy {
        Proxy::parse(text).unwrap()
    }

    #[test]
    fn parses_every_scheme() {
        for (text, shown) in [
            ("http://proxy.example", "http://proxy.example:80"),
            ("http://proxy.example:80/", "http://proxy.example:80"),
            ("https://[::1]/path", "https://[::1]:443"),
            ("socks4://127.0.0.1", "socks4://127.0.0.1:1080"),
            ("socks4a://a:80", "socks4a://a:80"),
            ("SOCKS5://[fe80::1]:9", "socks5://[fe80::1]:9"),
            ("socks5h://bücher.example", "socks5h://xn--bcher-kva.example:1080"),
            ("socks://a", "socks5h://a:1080"),
        ] {
            assert_eq!(proxy(text).to_string(), shown, "{text}");
        }
        assert_eq!(
            proxy("socks5://127.0.0.1").host,
            Name::Address("127.0.0.1".parse().unwrap())
        );
    }

    #[test]
    fn rejects_other_urls() {
        assert_eq!(Proxy::parse("ftp://a"), Err(ProxyUrlError::Scheme("ftp".into())));
        for text in [
            "",
            "proxy",
            "http://",
            "socks5://",
            "http://a b/",
            "socks5://a%20b/",
            "http://u:%FF@a/",
            "http://[fe80::1%25eth0]/",
            "socks5://[fe80::1%25eth0]/",
        ] {
            assert!(
                matches!(Proxy::parse(text), Err(ProxyUrlError::Syntax(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn decodes_and_never_shows_credentials() {
        let given = proxy("socks5://us%3Aer:p%40ss@a");
        let Credentials { username, password } = given.credentials.clone().unwrap();
        assert_eq!((username.as_str(), password.as_str()), ("us:er", "p@ss"));
        assert!(!format!("{given} {given:?}").contains("p@ss"));
        assert_eq!(proxy("http://a").credentials, None);
    }
}
