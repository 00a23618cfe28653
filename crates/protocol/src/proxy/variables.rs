//! The environment variables that name proxies, by the rules of curl.

use super::no_proxy::Exceptions;
use super::proxy_url::{Proxy, ProxyUrlError};
use crate::target::{Name, Target};

/// The environment variables about proxies.
///
/// Names in lower case take precedence over names in upper case. `ws:` uses the first of `ws_proxy`, `http_proxy` and
/// `all_proxy` that is set, `wss:` the first of `wss_proxy`, `https_proxy` and `all_proxy`. Hosts in `no_proxy` and
/// addresses of this machine are connected to directly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxyVariables {
    plain: Option<Variable>,
    secure: Option<Variable>,
    exceptions: Exceptions,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Variable {
    name: String,
    value: String,
}

/// An environment variable whose value is not the URL of a proxy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {name}: {reason}")]
pub struct ProxyVariableError {
    /// The name of the variable.
    pub name: String,
    /// What is wrong with its value.
    pub reason: ProxyUrlError,
}

impl ProxyVariables {
    /// Reads the names and values of an environment.
    pub fn new(variables: &[(String, String)]) -> Self {
        let find = |name: &str| find(variables, name);
        let all = || find("all_proxy");
        Self {
            plain: find("ws_proxy").or_else(|| find("http_proxy")).or_else(all),
            secure: find("wss_proxy").or_else(|| find("https_proxy")).or_else(all),
            exceptions: find("no_proxy").map_or_else(Exceptions::default, |no| Exceptions::parse(&no.value)),
        }
    }

    /// Returns the proxy to a target, or `None` if it is connected to directly.
    pub fn proxy_for(&self, target: &Target) -> Result<Option<Proxy>, ProxyVariableError> {
        let variable = if target.secure { &self.secure } else { &self.plain };
        let Some(Variable { name, value }) = variable else {
            return Ok(None);
        };
        if is_local(target) || self.exceptions.hold(&target.host, target.port) {
            return Ok(None);
        }
        let url = if value.contains("://") {
            value.clone()
        } else {
            format!("http://{value}")
        };
        Proxy::parse(&url).map(Some).map_err(|reason| ProxyVariableError {
            name: name.clone(),
            reason,
        })
    }
}

/// Finds a variable that is not empty. Ignores `HTTP_PROXY` in a CGI program, where a client sets it with the header
/// `Proxy`.
fn find(variables: &[(String, String)], name: &str) -> Option<Variable> {
    let value_of = |name: &str| {
        let found = variables.iter().find(|(given, _)| given == name)?;
        Some(found.1.trim()).filter(|value| !value.is_empty())
    };
    let upper = name.to_ascii_uppercase();
    let is_header = upper == "HTTP_PROXY" && value_of("REQUEST_METHOD").is_some();
    let names = [Some(name.to_owned()), (!is_header).then_some(upper)];
    names.into_iter().flatten().find_map(|name| {
        let value = value_of(&name)?.to_owned();
        Some(Variable { name, value })
    })
}

/// Whether a target is on this machine or its links, which no proxy can reach.
pub fn is_local(target: &Target) -> bool {
    let is_near = match &target.host {
        Name::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Name::Address(address) => address.to_canonical().is_loopback(),
        Name::Scoped(address, _) => address.is_loopback() || address.is_unicast_link_local(),
    };
    is_near || target.socket.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> ProxyVariables {
        let owned: Vec<_> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        ProxyVariables::new(&owned)
    }

    fn chosen(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let target = Target::parse(url).unwrap();
        let proxy = environment(variables).proxy_for(&target).unwrap();
        proxy.map(|proxy| proxy.to_string())
    }

    #[test]
    fn each_scheme_uses_its_variables_in_order() {
        let all = [
            ("all_proxy", "socks5://all"),
            ("http_proxy", "http://http"),
            ("https_proxy", "http://https"),
            ("ws_proxy", "http://ws"),
            ("wss_proxy", "http://wss"),
        ];
        let expect = |count: usize, url, proxy: &str| {
            assert_eq!(chosen(&all[..count], url), Some(proxy.to_owned()));
        };
        expect(1, "ws://a/", "socks5://all:1080");
        expect(1, "wss://a/", "socks5://all:1080");
        expect(3, "ws://a/", "http://http:80");
        expect(3, "wss://a/", "http://https:80");
        expect(5, "http://a/", "http://ws:80");
        expect(5, "https://a/", "http://wss:80");
        assert_eq!(chosen(&all[1..2], "wss://a/"), None);
    }

    #[test]
    fn prefers_lower_case_and_ignores_empty_values() {
        let both = [("HTTP_PROXY", "http://upper"), ("http_proxy", "http://lower")];
        assert_eq!(chosen(&both, "ws://a/").unwrap(), "http://lower:80");
        assert_eq!(chosen(&both[..1], "ws://a/").unwrap(), "http://upper:80");
        let empty = [("http_proxy", " "), ("ALL_PROXY", "socks4://all")];
        assert_eq!(chosen(&empty, "ws://a/").unwrap(), "socks4://all:1080");
    }

    #[test]
    fn ignores_http_proxy_under_cgi() {
        let cgi = [("HTTP_PROXY", "http://evil"), ("REQUEST_METHOD", "GET")];
        assert_eq!(chosen(&cgi, "ws://a/"), None);
        let lower = [("http_proxy", "http://good"), ("REQUEST_METHOD", "GET")];
        assert_eq!(chosen(&lower, "ws://a/").unwrap(), "http://good:80");
    }

    #[test]
    fn connects_to_this_machine_directly() {
        let all = [("ALL_PROXY", "http://proxy")];
        for url in [
            "ws://localhost:1/",
            "ws://a.localhost/",
            "wss://127.8.9.1/",
            "ws://[::1]/",
            "ws+unix:/a",
            "ws://[fe80::1%25eth0]/",
            "ws://localhost./",
            "ws://[::ffff:127.0.0.1]/",
        ] {
            assert_eq!(chosen(&all, url), None, "{url}");
        }
        for url in ["ws://localhost.example/", "ws://[2001:db8::1%25eth0]/"] {
            assert!(chosen(&all, url).is_some(), "{url}");
        }
    }

    #[test]
    fn the_scheme_of_a_proxy_is_optional_and_checked() {
        assert_eq!(
            chosen(&[("ws_proxy", "a:3128")], "ws://b/").unwrap(),
            "http://a:3128"
        );
        let target = Target::parse("wss://b/").unwrap();
        let wrong = environment(&[("HTTPS_PROXY", "ftp://a")]);
        let message = wrong.proxy_for(&target).unwrap_err().to_string();
        assert!(
            message.starts_with("environment variable HTTPS_PROXY: scheme \"ftp:\""),
            "{message}"
        );
        // A variable that is not used is not checked.
        assert_eq!(wrong.proxy_for(&Target::parse("ws://b/").unwrap()), Ok(None));
    }

    #[test]
    fn connects_to_hosts_in_no_proxy_directly() {
        let some = [("all_proxy", "http://proxy"), ("NO_PROXY", "b.example, c:81")];
        assert_eq!(chosen(&some, "ws://a.b.example/"), None);
        assert_eq!(chosen(&some, "ws://c:81/"), None);
        assert!(chosen(&some, "ws://c/").is_some());
    }
}
