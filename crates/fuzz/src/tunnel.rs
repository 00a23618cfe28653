//! What a proxy answers, by HTTP and by SOCKS.

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

/// Lengths of the target's name: ordinary, the longest SOCKS can carry, one more, and more than its length has room for.
const NAMES: [usize; 4] = [6, 253, 254, 600];

/// Most bytes of an answer: more than a head may have, and no more than a socket holds.
const LONGEST: usize = 64 * 1024;

/// Bytes that are read at once for the head of an answer.
const CHUNK: usize = 1024;

/// The first byte says which proxy and target, the rest is what it answers.
pub fn check(data: &[u8]) {
    let (&which, wire) = data.split_first().unwrap_or((&0, data));
    let wire = &wire[..wire.len().min(LONGEST)];
    let url = PROXIES[usize::from(which) % PROXIES.len()];
    let proxy = Proxy::parse(url).expect("a proxy");
    let length = NAMES[usize::from(which) / PROXIES.len() % NAMES.len()];
    let target = Target::parse(&format!("wss://{}", "t".repeat(length))).expect("a URL");
    let (ours, mut peer) = UnixStream::pair().expect("a pair of sockets");
    ours.set_nonblocking(true).expect("non-blocking");
    peer.write_all(wire).expect("a socket holds that much");
    peer.shutdown(Shutdown::Write).expect("the other half stays open");
    let opened = fuzzing::tunnel(ours, &proxy, &target).expect("a runtime").is_ok();
    let should = match url.split_once("://") {
        Some(("http", _)) => is_http_tunnel(wire),
        // It is not even asked.
        _ if length > 253 => false,
        Some(("socks5h", rest)) => is_socks5_tunnel(wire, rest.contains('@')),
        _ => is_socks4_tunnel(wire),
    };
    assert!(opened <= should, "{url} opened a tunnel");
    assert!(opened || !should || wire.len() > 300, "{url} opened no tunnel");
}

/// A whole head with a good status, and nothing behind it. What comes with the next read is not looked for.
fn is_http_tunnel(wire: &[u8]) -> bool {
    match ResponseReader::default().handle_bytes(wire) {
        Ok(Some((response, tail))) => {
            let is_read_apart = (wire.len() - tail.len()).is_multiple_of(CHUNK);
            is_tunnel(&response) && (tail.is_empty() || is_read_apart)
        }
        _ => false,
    }
}

/// RFC 1928 sections 3 and 6, RFC 1929 section 2.
fn is_socks5_tunnel(wire: &[u8], knows_password: bool) -> bool {
    let reply = match wire {
        [5, 0, reply @ ..] => reply,
        [5, 2, 1, 0, reply @ ..] if knows_password => reply,
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
    // A name is of no use here, but it has to be one.
    let name = address.get(1..length).unwrap_or_default();
    address.len() >= length + 2 && (*kind != 3 || std::str::from_utf8(name).is_ok())
}

/// The reply has a version of its own, 0, and 90 for yes.
fn is_socks4_tunnel(wire: &[u8]) -> bool {
    wire.len() >= 8 && wire[..2] == [0, 90]
}
