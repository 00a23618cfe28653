//! Step one: the addresses of a host, in the order they are to be tried.

use super::getaddrinfo::look_up;
use super::lookup::Family;
use super::options::ConnectOptions;
use crate::error::{Error, ErrorKind, Phase};
use std::io;
use std::net::SocketAddr;
use websocket_rs_protocol::target::Name;

/// All addresses of a host that are of the wanted family, families alternating.
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
            Family::Any => "there is no address",
            Family::V4 | Family::V6 => "there is no address of the option family",
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

/// RFC 8305 section 4: begin with the resolver's favourite and change the family each time.
fn alternate(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (favourites, others): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let mut others = others.into_iter();
    let mut ordered = Vec::new();
    for favourite in favourites {
        ordered.push(favourite);
        ordered.extend(others.next());
    }
    ordered.extend(others);
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_alternate_from_the_first_on() {
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
