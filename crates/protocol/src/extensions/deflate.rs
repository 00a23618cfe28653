//! What is offered and agreed in the negotiation of permessage-deflate (RFC 7692 section 7.1).

use std::fmt;

/// The name of the extension.
pub(super) const PERMESSAGE_DEFLATE: &str = "permessage-deflate";
/// Section 7.1.1.1.
pub(super) const SERVER_NO_CONTEXT_TAKEOVER: &str = "server_no_context_takeover";
/// Section 7.1.1.2.
pub(super) const CLIENT_NO_CONTEXT_TAKEOVER: &str = "client_no_context_takeover";
/// Section 7.1.2.1.
pub(super) const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
/// Section 7.1.2.2.
pub(super) const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";

/// Window bits that can be negotiated (section 7.1.2).
pub const MIN_WINDOW_BITS: u8 = 8;
/// Window bits of a side that has not limited them.
pub const MAX_WINDOW_BITS: u8 = 15;

/// What the client offers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeflateOffer {
    /// Requests that the server resets its compressor after each message.
    pub server_no_context_takeover: bool,
    /// Announces that the client may reset its compressor after each message.
    pub client_no_context_takeover: bool,
    /// Limits the window of the server's compressor, if any.
    pub server_max_window_bits: Option<u8>,
    /// Whether the server may limit the window of the client's compressor.
    pub client_max_window_bits: ClientWindow,
}

/// The parameter `client_max_window_bits` of an offer (section 7.1.2.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientWindow {
    /// Left out: the server may not limit the window.
    Fixed,
    /// Without a value: the server may limit it.
    #[default]
    Limitable,
    /// With a value: the client uses at most this many bits, and the server may limit it further.
    AtMost(u8),
}

/// What both sides have agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeflateParameters {
    /// The server resets its compressor after each message.
    pub server_no_context_takeover: bool,
    /// The client has to reset its compressor after each message.
    pub client_no_context_takeover: bool,
    /// The window of the server's compressor.
    pub server_max_window_bits: u8,
    /// The window of the client's compressor.
    pub client_max_window_bits: u8,
}

/// Writes the offer as an element of `Sec-WebSocket-Extensions`.
impl fmt::Display for DeflateOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_flags(
            f,
            self.server_no_context_takeover,
            self.client_no_context_takeover,
        )?;
        if let Some(bits) = self.server_max_window_bits {
            write!(f, "; {SERVER_MAX_WINDOW_BITS}={bits}")?;
        }
        match self.client_max_window_bits {
            ClientWindow::Fixed => Ok(()),
            ClientWindow::Limitable => write!(f, "; {CLIENT_MAX_WINDOW_BITS}"),
            ClientWindow::AtMost(bits) => write!(f, "; {CLIENT_MAX_WINDOW_BITS}={bits}"),
        }
    }
}

/// Writes the extension with the parameters that change anything: windows of 15 bits are left out.
impl fmt::Display for DeflateParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_flags(
            f,
            self.server_no_context_takeover,
            self.client_no_context_takeover,
        )?;
        for (name, bits) in [
            (SERVER_MAX_WINDOW_BITS, self.server_max_window_bits),
            (CLIENT_MAX_WINDOW_BITS, self.client_max_window_bits),
        ] {
            if bits < MAX_WINDOW_BITS {
                write!(f, "; {name}={bits}")?;
            }
        }
        Ok(())
    }
}

/// Writes the name of the extension and the parameters without a value.
fn write_flags(f: &mut fmt::Formatter<'_>, server: bool, client: bool) -> fmt::Result {
    f.write_str(PERMESSAGE_DEFLATE)?;
    for (name, is_set) in [
        (SERVER_NO_CONTEXT_TAKEOVER, server),
        (CLIENT_NO_CONTEXT_TAKEOVER, client),
    ] {
        if is_set {
            write!(f, "; {name}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_an_offer() {
        let all = DeflateOffer {
            server_no_context_takeover: true,
            client_no_context_takeover: true,
            server_max_window_bits: Some(15),
            client_max_window_bits: ClientWindow::AtMost(8),
        };
        for (offer, text) in [
            (
                DeflateOffer::default(),
                "permessage-deflate; client_max_window_bits",
            ),
            (
                DeflateOffer {
                    client_max_window_bits: ClientWindow::Fixed,
                    ..DeflateOffer::default()
                },
                "permessage-deflate",
            ),
            (
                all,
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
                 server_max_window_bits=15; client_max_window_bits=8",
            ),
        ] {
            assert_eq!(offer.to_string(), text);
        }
    }

    #[test]
    fn writes_the_parameters_that_change_anything() {
        let plain = DeflateParameters {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: 15,
            client_max_window_bits: 15,
        };
        let limited = DeflateParameters {
            client_no_context_takeover: true,
            server_max_window_bits: 8,
            client_max_window_bits: 14,
            ..plain
        };
        let flagged = DeflateParameters {
            server_no_context_takeover: true,
            ..plain
        };
        for (parameters, text) in [
            (plain, "permessage-deflate"),
            (flagged, "permessage-deflate; server_no_context_takeover"),
            (
                limited,
                "permessage-deflate; client_no_context_takeover; server_max_window_bits=8; client_max_window_bits=14",
            ),
        ] {
            assert_eq!(parameters.to_string(), text);
        }
    }
}
