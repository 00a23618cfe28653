//! The server's answer to an offer of permessage-deflate.

use websocket_rs_protocol::extensions::agree;
use websocket_rs_protocol::extensions::deflate::{ClientWindow, DeflateOffer, DeflateParameters};

/// What is agreed on: `None` if no extension is used.
type Agreed = Option<DeflateParameters>;

/// Takes an offer from the first two bytes and header lines from the rest. The answer is accepted if [`expected`] accepts
/// it, and only then, with the same parameters.
pub fn check(data: &[u8]) {
    let [flags, window, text @ ..] = data else {
        return;
    };
    let offer = offer(*flags, *window);
    // Headers are read as Latin-1.
    let text: String = text.iter().copied().map(char::from).collect();
    let lines = || text.split('\n');
    let agreed = agree(lines(), offer);
    assert_eq!(agreed.as_ref().ok(), expected(lines(), offer).as_ref());
    match agreed {
        Ok(agreed) => check_again(agreed, offer),
        Err(error) => assert!(error.to_string().len() < 1000, "{error}"),
    }
}

fn offer(flags: u8, window: u8) -> Option<DeflateOffer> {
    let bits = |from: u8| 8 + from % 8;
    (flags & 1 == 0).then(|| DeflateOffer {
        server_no_context_takeover: flags & 2 != 0,
        client_no_context_takeover: flags & 4 != 0,
        server_max_window_bits: (flags & 8 != 0).then(|| bits(window)),
        client_max_window_bits: match flags >> 6 {
            0 => ClientWindow::Fixed,
            1 => ClientWindow::AtMost(bits(window >> 4)),
            _ => ClientWindow::Limitable,
        },
    })
}

/// Checks that what was agreed on, sent as an answer to the same offer, is either accepted again as the same, or lacks a
/// window of 15 bits that was requested.
fn check_again(agreed: Agreed, offer: Option<DeflateOffer>) {
    let Some(parameters) = agreed else { return };
    let line = parameters.to_string();
    let is_fixed = offer.is_some_and(|offer| offer.client_max_window_bits == ClientWindow::Fixed);
    assert!(!is_fixed || parameters.client_max_window_bits == 15);
    if offer.and_then(|offer| offer.server_max_window_bits) != Some(15) {
        assert_eq!(agree(std::iter::once(line.as_str()), offer), Ok(agreed), "{line}");
    }
}

/// Reads an answer as RFC 6455 section 9.1 and RFC 7692 section 7.1 say, written a second time: cut at separators outside
/// of quotes instead of scanned. Returns `None` if it is not acceptable.
fn expected<'a>(lines: impl Iterator<Item = &'a str>, offer: Option<DeflateOffer>) -> Option<Agreed> {
    let mut answers = Vec::new();
    for line in lines {
        let elements = cut(line, ',')?;
        let present = elements.into_iter().filter(|element| !trim(element).is_empty());
        answers.extend(present);
    }
    let mut read = answers.into_iter().map(|answer| read(answer, offer?));
    match (read.next(), read.next()) {
        (None, _) => Some(None),
        (Some(only), None) => only.map(Some),
        (Some(_), Some(_)) => None,
    }
}

/// Cuts a text at each separator outside of quotes. Returns `None` if a quote is not closed.
fn cut(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = text.split(|char| {
        quoted ^= char == '"' && !escaped;
        escaped = quoted && !escaped && char == '\\';
        char == separator && !quoted
    });
    let parts = parts.collect();
    (!quoted).then_some(parts)
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Returns the text if it is a token (RFC 9110 section 5.6.2).
fn token(text: &str) -> Option<&str> {
    let is_token = |char: char| char.is_ascii_graphic() && !"\"(),/:;<=>?@[\\]{}".contains(char);
    (!text.is_empty() && text.chars().all(is_token)).then_some(text)
}

/// Removes the quotes and backslashes of a value.
fn unquote(text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix('"') else {
        return token(text).map(str::to_owned);
    };
    let mut escaped = false;
    let mut value: String = rest
        .chars()
        .filter(|char| {
            escaped = !escaped && *char == '\\';
            !escaped
        })
        .collect();
    (value.pop() == Some('"') && token(&value).is_some()).then_some(value)
}

/// Reads an element of the list as an answer to the offer.
fn read(element: &str, offer: DeflateOffer) -> Option<DeflateParameters> {
    let parts = cut(element, ';')?;
    let (name, parameters) = parts.split_first()?;
    let mut given = Vec::new();
    for parameter in parameters {
        let (name, value) = match parameter.split_once('=') {
            Some((name, value)) => (name, Some(unquote(trim(value))?)),
            None => (*parameter, None),
        };
        given.push((token(trim(name))?, value));
    }
    let names = |name: &str| given.iter().filter(|(given, _)| *given == name).count();
    let is_known = |(name, value): &(&str, Option<String>)| match *name {
        "server_no_context_takeover" | "client_no_context_takeover" => value.is_none(),
        "server_max_window_bits" | "client_max_window_bits" => value.as_deref().is_some_and(is_bits),
        _ => false,
    };
    let is_valid = trim(name) == "permessage-deflate"
        && given
            .iter()
            .all(|parameter| is_known(parameter) && names(parameter.0) == 1);
    let bits = |name: &str| {
        let found = given.iter().find(|(given, _)| *given == name);
        found.and_then(|(_, value)| value.as_deref()?.parse().ok())
    };
    let parameters = combine(offer, &|name| names(name) > 0, &bits)?;
    is_valid.then_some(parameters)
}

fn is_bits(value: &str) -> bool {
    ["8", "9", "10", "11", "12", "13", "14", "15"].contains(&value)
}

/// Combines an offer with the parameters of an answer. Returns `None` if the offer does not allow them.
fn combine(
    offer: DeflateOffer,
    has: &dyn Fn(&str) -> bool,
    bits: &dyn Fn(&str) -> Option<u8>,
) -> Option<DeflateParameters> {
    let (server, client) = (bits("server_max_window_bits"), bits("client_max_window_bits"));
    let most = match offer.client_max_window_bits {
        ClientWindow::Fixed => 0,
        ClientWindow::Limitable => 15,
        ClientWindow::AtMost(bits) => bits,
    };
    let server_fits = match offer.server_max_window_bits {
        Some(requested) => server.is_some_and(|bits| bits <= requested),
        None => true,
    };
    let takeover_fits = has("server_no_context_takeover") || !offer.server_no_context_takeover;
    let fits = server_fits && takeover_fits && client.unwrap_or(0) <= most;
    fits.then(|| DeflateParameters {
        server_no_context_takeover: has("server_no_context_takeover"),
        client_no_context_takeover: offer.client_no_context_takeover || has("client_no_context_takeover"),
        server_max_window_bits: server.unwrap_or(15),
        client_max_window_bits: client.unwrap_or(if most == 0 { 15 } else { most }),
    })
}
