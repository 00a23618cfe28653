//! What JavaScript needs to know about URLs, which it does not parse itself.

#![allow(unreachable_pub)] // The macro requires `pub`.

use napi_derive::napi;
use websocket_rs_client::proxy::{Proxy, Scheme, is_local};
use websocket_rs_client::target::{Target, without_credentials};

/// A flag of `readUrl`: TLS carries the connection.
#[napi]
pub const URL_SECURE: u32 = 1;
/// A flag of `readUrl`: the URL is of this machine, so the environment's proxies are not used.
#[napi]
pub const URL_LOCAL: u32 = 2;

/// Returns the flags of a URL; 0 if `connect` will refuse it.
#[napi]
#[allow(clippy::needless_pass_by_value)] // The macro requires it.
pub fn read_url(url: String) -> u32 {
    Target::parse(&url).map_or(0, |target| {
        let flag = |is_set: bool, flag: u32| if is_set { flag } else { 0 };
        flag(target.secure, URL_SECURE) | flag(is_local(&target), URL_LOCAL)
    })
}

/// Returns whether one of the texts is the URL of an `https:` proxy.
#[napi]
#[allow(clippy::needless_pass_by_value)] // The macro requires it.
pub fn has_https_proxy(texts: Vec<String>) -> bool {
    let is_https = |text: &String| Proxy::parse(text).is_ok_and(|proxy| proxy.scheme == Scheme::Https);
    texts.iter().any(is_https)
}

/// Returns a URL without user name and password.
#[napi]
#[allow(clippy::needless_pass_by_value)] // The macro requires it.
pub fn url_without_credentials(url: String) -> String {
    without_credentials(&url)
}
