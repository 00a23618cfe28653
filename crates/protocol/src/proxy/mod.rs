//! Which proxy leads to a target, and how an HTTP proxy is asked for a tunnel.

mod http;
mod no_proxy;
mod proxy_url;
mod variables;

pub use http::{is_tunnel, wants_credentials};
pub use proxy_url::{Credentials, Proxy, ProxyUrlError, Scheme};
pub use variables::{ProxyVariableError, ProxyVariables};
