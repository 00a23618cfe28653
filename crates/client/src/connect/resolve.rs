//! Step one: resolves a host to its addresses, in the order of attempts.

use super::getaddrinfo::look_up;
use super::lookup::Family;
use super::options::ConnectOptions;
use crate::error::{Error, ErrorKind, Phase};
use std::io;
use std::net::SocketAddr;
use websocket_rs_protocol::target::Name;

/// Returns all addresses of a host that belong to `family`, with alternating families.
pub(super) async fn resolve(
    host: &Name,
    port: u16,
    family: Family,
    options: &ConnectOptions,
) -> Result<Vec<SocketAddr>, Error> {
    let found = match (host, &options.lookup) {
        (Name::Address(address), _) => vec![SocketAddr::new(*address, port)],
        (Name::Domain(name), Some(given)) => match given.lookup(name, family).await {
            Ok(addresses) => addresses
                .into_iter()
                .map(|address| SocketAddr::new(address, port))
                .collect(),
            Err(source) => return Err(failed(host, source)),
        },
        (Name::Domain(_) | Name::Scoped(..), _) => match look_up(host.to_text(), port).await {
            Ok(addresses) => addresses,
            Err(source) => return Err(failed(host, source)),
        },
    };
    let wanted: Vec<_> = found
        .into_iter()
        .filter(|address| family.takes(address.ip()))
        .collect();
    if wanted.is_empty() {
        let missing = match family {
            Family::Any => "no address was found",
            Family::V4 | Family::V6 => "no address of the requested family was found",
        };
        return Err(failed(host, io::Error::other(missing)));
    }
    Ok(alternate(wanted))
}

fn failed(host: &Name, source: io::Error) -> Error {
    Error::new(
        Phase::Resolve,
        ErrorKind::Resolve {
            host: host.to_text(),
            source,
        },
    )
}

/// Begins with the resolver's first address, and alternates families (RFC 8305 section 4).
fn alternate(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (preferred, others): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let mut others = others.into_iter();
    let mut ordered = Vec::new();
    for address in preferred {
        ordered.push(address);
        ordered.extend(others.next());
    }
    ordered.extend(others);
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternates_families() {
        let parse = |list: &[&str]| {
            list.iter()
                .map(|text| text.parse().unwrap())
                .collect::<Vec<SocketAddr>>()
        };
        let given = parse(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"]);
        let expected = parse(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"]);
        assert_eq!(alternate(given), expected);
        assert_eq!(
            alternate(parse(&["1.1.1.1:1", "[::1]:1"])),
            parse(&["1.1.1.1:1", "[::1]:1"])
        );
    }
}
