//! A proxy, and the URL that names it.

use crate::target::Name;
use percent_encoding::percent_decode_str;
use std::fmt;
use url::{Host, Url};

/// What a proxy speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP's CONNECT.
    Http,
    /// The same over TLS.
    Https,
    /// SOCKS4: the target's IPv4 address is resolved here.
    Socks4,
    /// `SOCKS4a`: the proxy resolves the name.
    Socks4a,
    /// SOCKS5 (RFC 1928): the target's address is resolved here.
    Socks5,
    /// SOCKS5: the proxy resolves the name.
    Socks5h,
}

impl Scheme {
    /// Without a version it is what other clients for Node take it for.
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

/// User name and password. SOCKS4 has a user name only.
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

/// A proxy. As text it is without its credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// What it speaks.
    pub scheme: Scheme,
    /// Where it is.
    pub host: Name,
    /// Its port: 80, 443 or, with SOCKS, 1080 where the URL has none.
    pub port: u16,
    /// What it is told about who asks.
    pub credentials: Option<Credentials>,
}

/// Why a text is not the URL of a proxy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyUrlError {
    /// Not a URL, or one without a host.
    #[error("{0}")]
    Syntax(String),
    /// A scheme that no proxy has.
    #[error("scheme \"{0}:\" is not one of http:, https:, socks4:, socks4a:, socks5:, socks5h: and socks:")]
    Scheme(String),
}

impl Proxy {
    /// Reads the URL of a proxy. Its path is of no meaning.
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

/// Host and port. A zone means nothing to anybody else.
pub(super) fn authority(host: &Name, port: u16) -> String {
    match host {
        Name::Domain(name) => format!("{name}:{port}"),
        Name::Address(address) => std::net::SocketAddr::new(*address, port).to_string(),
        Name::Scoped(address, _) => format!("[{address}]:{port}"),
    }
}

/// Hosts of schemes that are not the web's are not taken apart by `url`.
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
    fn every_scheme_has_its_port_and_its_hosts() {
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
    fn what_is_no_proxy_is_named() {
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
    fn credentials_are_decoded_and_never_shown() {
        let given = proxy("socks5://us%3Aer:p%40ss@a");
        let Credentials { username, password } = given.credentials.clone().unwrap();
        assert_eq!((username.as_str(), password.as_str()), ("us:er", "p@ss"));
        assert!(!format!("{given} {given:?}").contains("p@ss"));
        assert_eq!(proxy("http://a").credentials, None);
    }
}
