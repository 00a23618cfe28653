//! The server's answer to the offer of permessage-deflate (RFC 7692 section 7.1).

use super::deflate::{
    CLIENT_MAX_WINDOW_BITS, CLIENT_NO_CONTEXT_TAKEOVER, ClientWindow, DeflateOffer, DeflateParameters,
    MAX_WINDOW_BITS, MIN_WINDOW_BITS, PERMESSAGE_DEFLATE, SERVER_MAX_WINDOW_BITS, SERVER_NO_CONTEXT_TAKEOVER,
};
use super::error::{ExtensionError, ParameterFault};
use super::list::{Parameter, parse};

/// Most characters of the response that an error shows.
const SHOWN: usize = 100;

/// Judges the `Sec-WebSocket-Extensions` lines of a response to a request with this offer. Returns what both sides have
/// agreed on, or `None` if the server chose no extension.
pub fn agree<'a>(
    lines: impl Iterator<Item = &'a str>,
    offer: Option<DeflateOffer>,
) -> Result<Option<DeflateParameters>, ExtensionError> {
    let mut agreed = None;
    for line in lines {
        let extensions = parse(line).ok_or_else(|| ExtensionError::Malformed(brief(line)))?;
        for extension in extensions {
            let Some(offer) = offer.filter(|_| extension.name == PERMESSAGE_DEFLATE) else {
                return Err(ExtensionError::NotOffered(brief(extension.name)));
            };
            if agreed.is_some() {
                return Err(ExtensionError::Repeated);
            }
            let answer = Answer::read(&extension.parameters)?;
            answer
                .check(offer)
                .map_err(|(name, fault)| parameter_error(name, fault))?;
            agreed = Some(answer.parameters(offer));
        }
    }
    Ok(agreed)
}

/// The parameters of permessage-deflate in a response, each of which has a valid form.
#[derive(Debug, Default)]
struct Answer {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<u8>,
    client_max_window_bits: Option<u8>,
}

/// A parameter that is not acceptable.
type Fault = (&'static str, ParameterFault);

impl Answer {
    fn read(parameters: &[Parameter<'_>]) -> Result<Self, ExtensionError> {
        let mut answer = Self::default();
        for Parameter { name, value } in parameters {
            let value = value.as_deref();
            match *name {
                SERVER_NO_CONTEXT_TAKEOVER => set_flag(&mut answer.server_no_context_takeover, value),
                CLIENT_NO_CONTEXT_TAKEOVER => set_flag(&mut answer.client_no_context_takeover, value),
                SERVER_MAX_WINDOW_BITS => set_bits(&mut answer.server_max_window_bits, value),
                CLIENT_MAX_WINDOW_BITS => set_bits(&mut answer.client_max_window_bits, value),
                _ => Err(ParameterFault::Unknown),
            }
            .map_err(|fault| parameter_error(name, fault))?;
        }
        Ok(answer)
    }

    /// Checks what depends on the offer. A server may answer with any parameter that was not offered, except
    /// `client_max_window_bits`.
    fn check(&self, offer: DeflateOffer) -> Result<(), Fault> {
        if offer.server_no_context_takeover && !self.server_no_context_takeover {
            return Err((SERVER_NO_CONTEXT_TAKEOVER, ParameterFault::Missing));
        }
        if let Some(offered) = offer.server_max_window_bits {
            let value = self
                .server_max_window_bits
                .ok_or((SERVER_MAX_WINDOW_BITS, ParameterFault::Missing))?;
            check_bits(value, offered).map_err(|fault| (SERVER_MAX_WINDOW_BITS, fault))?;
        }
        match (self.client_max_window_bits, offer.client_max_window_bits) {
            (Some(_), ClientWindow::Fixed) => Err(ParameterFault::NotOffered),
            (Some(value), ClientWindow::AtMost(offered)) => check_bits(value, offered),
            (Some(_), ClientWindow::Limitable) | (None, _) => Ok(()),
        }
        .map_err(|fault| (CLIENT_MAX_WINDOW_BITS, fault))
    }

    /// Combines the answer with what the offer says about the client, which holds also if the server does not repeat it
    /// (sections 7.1.1.2 and 7.1.2.2).
    fn parameters(&self, offer: DeflateOffer) -> DeflateParameters {
        let client_window = match offer.client_max_window_bits {
            ClientWindow::AtMost(bits) => bits,
            ClientWindow::Fixed | ClientWindow::Limitable => MAX_WINDOW_BITS,
        };
        DeflateParameters {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover || offer.client_no_context_takeover,
            server_max_window_bits: self.server_max_window_bits.unwrap_or(MAX_WINDOW_BITS),
            client_max_window_bits: self.client_max_window_bits.unwrap_or(client_window),
        }
    }
}

/// Sets a parameter that has no value.
fn set_flag(flag: &mut bool, value: Option<&str>) -> Result<(), ParameterFault> {
    if let Some(value) = value {
        return Err(ParameterFault::UnexpectedValue(brief(value)));
    }
    if std::mem::replace(flag, true) {
        return Err(ParameterFault::Repeated);
    }
    Ok(())
}

/// Sets a number of window bits.
fn set_bits(bits: &mut Option<u8>, value: Option<&str>) -> Result<(), ParameterFault> {
    let value = value.ok_or(ParameterFault::NoValue)?;
    let number = to_bits(value).ok_or_else(|| ParameterFault::Value(brief(value)))?;
    if bits.replace(number).is_some() {
        return Err(ParameterFault::Repeated);
    }
    Ok(())
}

/// Reads a number from 8 to 15 without leading zeros or a sign.
fn to_bits(value: &str) -> Option<u8> {
    (MIN_WINDOW_BITS..=MAX_WINDOW_BITS).find(|bits| bits.to_string() == value)
}

fn check_bits(value: u8, offered: u8) -> Result<(), ParameterFault> {
    if value > offered {
        return Err(ParameterFault::AboveOffer { value, offered });
    }
    Ok(())
}

fn parameter_error(name: &str, fault: ParameterFault) -> ExtensionError {
    let name = brief(name);
    ExtensionError::Parameter { name, fault }
}

/// Shortens a part of the response for an error.
fn brief(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
