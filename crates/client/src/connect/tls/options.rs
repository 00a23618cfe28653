//! The options of TLS to one endpoint.

use super::parameters::TlsParameters;
use super::trust::Trust;
use std::sync::Arc;

/// The options of TLS.
#[derive(Debug, Clone, Default)]
pub struct TlsOptions {
    /// The trusted certificates.
    pub trust: Arc<Trust>,
    /// All other options. Connections with the same trust and equal parameters resume each other's sessions.
    pub parameters: TlsParameters,
}
