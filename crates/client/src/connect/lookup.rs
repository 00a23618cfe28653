//! Names resolved by the caller instead of the system.

use crate::options::Family;
use std::fmt::Debug;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;

/// Addresses that are being looked for.
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Resolves names.
pub trait Lookup: Send + Sync + Debug {
    /// The addresses of a host; those of another family are passed over.
    fn lookup(&self, host: &str, family: Family) -> Resolving;
}
