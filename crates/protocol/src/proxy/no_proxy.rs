//! `no_proxy`: the hosts that are connected to directly.

use crate::target::Name;
use ipnet::IpNet;
use std::net::IpAddr;
use url::Host;

/// A list of names, addresses and networks. A name matches its subdomains, too; an entry with a port matches that port
/// only; `*` matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Exceptions(Vec<Exception>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Exception {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    All,
    Network(IpNet),
    Domain(String),
}

impl Exceptions {
    pub(super) fn parse(list: &str) -> Self {
        let entries = list.split(|letter: char| letter == ',' || letter.is_whitespace());
        Self(entries.filter_map(Exception::parse).collect())
    }

    pub(super) fn hold(&self, host: &Name, port: u16) -> bool {
        self.0.iter().any(|exception| exception.holds(host, port))
    }
}

impl Exception {
    /// Parses an entry. Returns `None` if it has no host.
    fn parse(entry: &str) -> Option<Self> {
        if let Some(network) = parse_network(entry) {
            return Some(Self::new(Hosts::Network(network), None));
        }
        let (host, port) = match entry.rsplit_once(':').map(|(host, port)| (host, port.parse())) {
            Some((host, Ok(port))) => (host, Some(port)),
            _ => (entry, None),
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if let Some(network) = parse_network(bare) {
            return Some(Self::new(Hosts::Network(network), port));
        }
        let hosts = match host.trim_start_matches('*').trim_matches('.') {
            "" if host == "*" => Hosts::All,
            "" => return None,
            name => Hosts::Domain(to_ascii(name)),
        };
        Some(Self::new(hosts, port))
    }

    fn new(hosts: Hosts, port: Option<u16>) -> Self {
        Self { hosts, port }
    }

    fn holds(&self, host: &Name, port: u16) -> bool {
        let is_host = match (&self.hosts, host) {
            (Hosts::All, _) => true,
            (Hosts::Network(network), Name::Address(address)) => {
                network.contains(address) || network.contains(&address.to_canonical())
            }
            (Hosts::Network(network), Name::Scoped(address, _)) => network.contains(&IpAddr::V6(*address)),
            (Hosts::Domain(domain), Name::Domain(name)) => {
                let front = name.trim_end_matches('.').strip_suffix(domain.as_str());
                front.is_some_and(|front| front.is_empty() || front.ends_with('.'))
            }
            _ => false,
        };
        is_host && self.port.is_none_or(|only| only == port)
    }
}

/// Returns the form in which hosts are compared (IDNA).
fn to_ascii(name: &str) -> String {
    match Host::parse(name) {
        Ok(Host::Domain(ascii)) => ascii,
        _ => name.to_ascii_lowercase(),
    }
}

/// Parses a network, or an address as a network of one.
fn parse_network(text: &str) -> Option<IpNet> {
    text.parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    fn holds(list: &str, url: &str) -> bool {
        let target = Target::parse(url).unwrap();
        Exceptions::parse(list).hold(&target.host, target.port)
    }

    #[test]
    fn a_name_matches_its_subdomains() {
        for entry in ["example.com", ".example.com", "*.example.com", "Example.COM."] {
            assert!(holds(entry, "ws://example.com/"), "{entry}");
            assert!(holds(entry, "ws://a.b.example.com./"), "{entry}");
            assert!(!holds(entry, "ws://badexample.com/"), "{entry}");
            assert!(!holds(entry, "ws://example.com.evil/"), "{entry}");
        }
    }

    #[test]
    fn compares_names_in_ascii_form() {
        assert!(holds("Bücher.example", "ws://a.bücher.example/"));
        assert!(holds("a_b.example", "ws://a_b.example/"));
    }

    #[test]
    fn an_entry_with_a_port_matches_that_port() {
        assert!(holds("a:8080", "ws://a:8080/"));
        assert!(!holds("a:8080", "ws://a/"));
        assert!(holds("[::1]:80", "ws://[::1]/"));
        assert!(!holds("[::1]:80", "wss://[::1]/"));
        assert!(holds("*:443", "wss://a/"));
    }

    #[test]
    fn addresses_and_networks_match_addresses() {
        assert!(holds("10.0.0.0/8", "ws://10.1.2.3/"));
        assert!(!holds("10.0.0.0/8", "ws://11.1.2.3/"));
        assert!(holds("192.168.1.1", "ws://192.168.1.1/"));
        assert!(holds("fd00::/8,::2", "ws://[fd12::1]/"));
        assert!(holds("fd00::/8,::2", "ws://[::2]/"));
        assert!(holds("[::2]", "ws://[::2]/"));
        assert!(!holds("10.0.0.0/8", "ws://example.com/"));
        assert!(holds("10.0.0.0/8", "ws://[::ffff:10.1.2.3]/"));
        assert!(holds("2001:db8::/32", "ws://[2001:db8::1%25eth0]/"));
    }

    #[test]
    fn a_star_matches_everything_and_an_invalid_entry_nothing() {
        assert!(holds("a, *", "ws://b/"));
        for list in ["", " , ,", "10.0.0.0/33", "a/b", ".", "**", "*.", ":80", "..:80"] {
            assert!(!holds(list, "ws://b/"), "{list}");
        }
    }
}
