//! A proxy's response, over HTTP and SOCKS.

use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use websocket_rs_client::fuzzing;
use websocket_rs_protocol::proxy::{Proxy, is_tunnel};
use websocket_rs_protocol::response::ResponseReader;
use websocket_rs_protocol::target::Target;

const PROXIES: [&str; 6] = [
    "http://proxy",
    "http://user:pass@proxy",
    "socks5h://proxy",
    "socks5h://user:pass@proxy",
    "socks4a://proxy",
    "socks4a://user@proxy",
];

/// Lengths of the target's host name: ordinary, the longest that DNS allows, one more, and more than a SOCKS length
/// byte can hold.
const NAMES: [usize; 4] = [6, 253, 254, 600];

/// The longest response: more than the limit of a head, and no more than a socket buffer holds.
const LONGEST: usize = 64 * 1024;

/// How many bytes the client reads at once for the head of a response.
const CHUNK: usize = 1024;

/// Checks an input whose first byte selects proxy and target, and whose rest is the response.
pub fn check(data: &[u8]) {
    let (&which, wire) = data.split_first().unwrap_or((&0, data));
    let wire = &wire[..wire.len().min(LONGEST)];
    let url = PROXIES[usize::from(which) % PROXIES.len()];
    let proxy = Proxy::parse(url).expect("a valid proxy URL");
    let length = NAMES[usize::from(which) / PROXIES.len() % NAMES.len()];
    let target = Target::parse(&format!("wss://{}", "t".repeat(length))).expect("a valid URL");
    let (ours, mut peer) = UnixStream::pair().expect("a socket pair");
    ours.set_nonblocking(true).expect("a non-blocking socket");
    peer.write_all(wire)
        .expect("the socket buffer holds the response");
    peer.shutdown(Shutdown::Write).expect("the write half shuts down");
    let opened = fuzzing::tunnel(ours, &proxy, &target).expect("a runtime").is_ok();
    let should = match url.split_once("://") {
        Some(("http", _)) => is_http_tunnel(wire),
        // The client does not ask the proxy for such a name.
        _ if length > 253 => false,
        Some(("socks5h", rest)) => is_socks5_tunnel(wire, rest.contains('@')),
        _ => is_socks4_tunnel(wire),
    };
    assert!(opened <= should, "{url} opened a tunnel");
    assert!(opened || !should || wire.len() > 300, "{url} opened no tunnel");
}

/// Returns whether the response is a complete head with a 2xx status and no bytes after it. Bytes that come with a
/// later read are not examined.
fn is_http_tunnel(wire: &[u8]) -> bool {
    match ResponseReader::default().handle_bytes(wire) {
        Ok(Some((response, tail))) => {
            let is_read_apart = (wire.len() - tail.len()).is_multiple_of(CHUNK);
            is_tunnel(&response) && (tail.is_empty() || is_read_apart)
        }
        _ => false,
    }
}

/// Returns whether the response opens a tunnel by RFC 1928 sections 3 and 6, and RFC 1929 section 2.
fn is_socks5_tunnel(wire: &[u8], has_password: bool) -> bool {
    let reply = match wire {
        [5, 0, reply @ ..] => reply,
        [5, 2, 1, 0, reply @ ..] if has_password => reply,
        _ => return false,
    };
    let [5, 0, 0, kind, address @ ..] = reply else {
        return false;
    };
    let length = match (kind, address.first()) {
        (1, _) => 4,
        (4, _) => 16,
        (3, Some(length)) => 1 + usize::from(*length),
        _ => return false,
    };
    // The client does not use the name, but it has to be UTF-8.
    let name = address.get(1..length).unwrap_or_default();
    address.len() >= length + 2 && (*kind != 3 || std::str::from_utf8(name).is_ok())
}

/// Returns whether the response grants the request: version 0 of the reply, then code 90.
fn is_socks4_tunnel(wire: &[u8]) -> bool {
    wire.len() >= 8 && wire[..2] == [0, 90]
}
