//! Proxy URLs, `no_proxy`, and the CONNECT request.

use websocket_rs_protocol::proxy::{Proxy, ProxyVariables};
use websocket_rs_protocol::target::Target;

/// Checks three lines of input: the URL of a proxy, a `no_proxy` list, and the URL to connect to.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.splitn(3, '\n');
    let (url, exceptions, target) = (lines.next(), lines.next(), lines.next());
    let Ok(target) = Target::parse(target.unwrap_or_default()) else {
        return;
    };
    let url = url.unwrap_or_default();
    if let Ok(proxy) = Proxy::parse(url) {
        check_proxy(&proxy);
        check_request(&proxy, &target);
    }
    check_environment(url, exceptions.unwrap_or_default(), &target);
}

/// Checks that the proxy written as a URL parses to the same proxy without its credentials.
fn check_proxy(proxy: &Proxy) {
    let again = Proxy::parse(&proxy.to_string()).expect("a proxy written as a URL parses");
    assert_eq!(again.credentials, None);
    assert_eq!(
        (again.scheme, &again.host, again.port),
        (proxy.scheme, &proxy.host, proxy.port)
    );
}

/// Checks that there is one request without injected headers.
fn check_request(proxy: &Proxy, target: &Target) {
    let bytes = proxy.connect_request(target, &[]);
    let mut headers = [httparse::EMPTY_HEADER; 8];
    let mut parsed = httparse::Request::new(&mut headers);
    let status = parsed.parse(&bytes).expect("a valid request");
    assert_eq!(status, httparse::Status::Complete(bytes.len()));
    assert_eq!(parsed.method, Some("CONNECT"));
    let path = parsed.path.expect("a request target");
    assert!(path.ends_with(&format!(":{}", target.port)));
    assert_eq!(parsed.headers[0].value, path.as_bytes());
    assert_eq!(parsed.headers.len(), 1 + usize::from(proxy.credentials.is_some()));
}

/// Checks that exceptions can only remove a proxy.
fn check_environment(url: &str, exceptions: &str, target: &Target) {
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let chosen = |exceptions: &str| {
        let variables = [variable("all_proxy", url), variable("NO_PROXY", exceptions)];
        ProxyVariables::new(&variables).proxy_for(target)
    };
    let proxy = chosen(exceptions);
    assert_eq!(chosen(&format!("{exceptions},*")), Ok(None));
    if !matches!(proxy, Ok(None)) {
        assert_eq!(proxy, chosen(""), "an exception changes the proxy");
        assert!(target.socket.is_none() && target.host.to_text() != "localhost");
    }
}
