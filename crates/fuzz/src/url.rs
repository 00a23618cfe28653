//! URLs, and the upgrade request made from a URL.

use websocket_rs_protocol::redirect::follow;
use websocket_rs_protocol::request::UpgradeRequest;
use websocket_rs_protocol::target::{Name, Target};

/// Checks two lines of input: a URL, and the `Location` of a redirect.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (url, location) = text.split_once('\n').unwrap_or((&text, ""));
    let Ok(target) = Target::parse(url) else {
        return;
    };
    check_target(&target);
    check_request(&target);
    let Ok(next) = follow(&target, &[location]) else {
        return;
    };
    check_target(&next);
    check_request(&next);
    assert!(
        next.socket.is_none() || next.socket == target.socket,
        "a redirect leads to a Unix socket"
    );
    assert!(
        next.secure || !target.secure,
        "a redirect leads from TLS to plain text"
    );
    if next.authorization.is_some() && !target.is_same_origin(&next) {
        assert!(location.contains('@'), "credentials are sent to another origin");
    }
}

/// Checks that the target written as a URL parses to the same target, except for what is never sent: a zone
/// or a socket.
fn check_target(target: &Target) {
    if matches!(target.host, Name::Scoped(..)) {
        return;
    }
    let scheme = if target.secure { "wss" } else { "ws" };
    let again = Target::parse(&format!("{scheme}://{}{}", target.authority, target.resource))
        .expect("a target written as a URL parses");
    let parts = |target: &Target| {
        let Target {
            secure,
            host,
            port,
            authority,
            resource,
            ..
        } = target.clone();
        (secure, host, port, authority, resource)
    };
    assert_eq!(parts(&again), parts(target));
}

/// Checks that there is one request without injected headers.
fn check_request(target: &Target) {
    let request = UpgradeRequest {
        target,
        nonce: [7; 16],
        protocols: &[],
        origin: None,
        deflate: None,
        headers: &[],
    };
    let bytes = request.to_bytes().expect("no headers to reject");
    let mut headers = [httparse::EMPTY_HEADER; 8];
    let mut parsed = httparse::Request::new(&mut headers);
    let status = parsed.parse(&bytes).expect("a valid request");
    assert_eq!(status, httparse::Status::Complete(bytes.len()));
    assert_eq!(
        (parsed.method, parsed.path),
        (Some("GET"), Some(target.resource.as_str()))
    );
    assert!(target.resource.starts_with('/') && target.resource.is_ascii());
    let names: Vec<_> = parsed.headers.iter().map(|header| header.name).collect();
    let expected = [
        "Host",
        "Upgrade",
        "Connection",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Version",
        "Authorization",
    ];
    assert_eq!(
        names,
        expected[..expected.len() - usize::from(target.authorization.is_none())]
    );
    assert_eq!(parsed.headers[0].value, target.authority.as_bytes());
}
