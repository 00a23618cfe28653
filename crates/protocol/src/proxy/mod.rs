//! Proxies: their URLs, the environment variables that name them, and HTTP's CONNECT.

mod http;
mod no_proxy;
mod proxy_url;
mod variables;

pub use http::{is_tunnel, wants_credentials};
pub use proxy_url::{Credentials, Proxy, ProxyUrlError, Scheme};
pub use variables::{ProxyVariableError, ProxyVariables, is_local};
