//! The options of TLS to one endpoint.

use super::parameters::TlsParameters;
use super::trust::Trust;
use std::sync::Arc;

/// TLS settings.
#[derive(Debug, Clone, Default)]
pub struct TlsOptions {
    /// Whose certificates are believed.
    pub trust: Arc<Trust>,
    /// Everything else. Connections with the same trust and equal parameters resume each other's sessions.
    pub parameters: TlsParameters,
}
