//! The negotiation of permessage-deflate (RFC 7692 section 7.1).
//!
//! | parameter of the path | does |
//! | --- | --- |
//! | `deflate=1` | accepts the first offer that fits |
//! | `server_no_context_takeover=1`, `client_no_context_takeover=1` | answers with the parameter |
//! | `server_max_window_bits=N`, `client_max_window_bits=N` | answers with at most N |
//! | `level=N`, `mem_level=N` | of the server's compressor, as in zlib |
//! | `threshold=BYTES` | the smallest message that the server compresses |
//! | `recode=1` | never echoes a compressed payload as received |

use std::fmt;

use crate::request_head::{Query, RequestHead};

/// The name of the extension.
const EXTENSION: &str = "permessage-deflate";
const WINDOW_BITS: std::ops::RangeInclusive<u8> = 8..=15;

/// What the path asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: u8,
    client_max_window_bits: u8,
    pub(super) level: u8,
    pub(super) mem_level: u8,
    pub(super) threshold: u64,
    recode: bool,
}

impl Settings {
    /// Returns `None` if the path does not ask for compression.
    ///
    /// # Errors
    /// If a parameter is invalid; the text names it.
    pub(crate) fn from_query(query: &Query) -> Result<Option<Self>, String> {
        if !query.flag("deflate", false)? {
            return Ok(None);
        }
        let within = |name, range: std::ops::RangeInclusive<u8>, default| {
            let number = query.number(name, default)?;
            if range.contains(&number) {
                Ok(number)
            } else {
                Err(format!("parameter {name}={number} is not in {range:?}"))
            }
        };
        Ok(Some(Self {
            server_no_context_takeover: query.flag("server_no_context_takeover", false)?,
            client_no_context_takeover: query.flag("client_no_context_takeover", false)?,
            server_max_window_bits: within("server_max_window_bits", WINDOW_BITS, 15)?,
            client_max_window_bits: within("client_max_window_bits", WINDOW_BITS, 15)?,
            level: within("level", 0..=9, 6)?,
            mem_level: within("mem_level", 1..=9, 8)?,
            threshold: query.number("threshold", 0)?,
            recode: query.flag("recode", false)?,
        }))
    }

    /// Accepts the first offer of the client that fits, or returns `None`.
    pub(crate) fn accept(self, head: &RequestHead) -> Option<Agreement> {
        head.elements("sec-websocket-extensions")
            .filter_map(Offer::parse)
            .find_map(|offer| self.agree(offer))
    }

    fn agree(self, offer: Offer) -> Option<Agreement> {
        let client_max_window_bits = match offer.client_max_window_bits {
            Some(bits) => bits.min(self.client_max_window_bits),
            // The client has not said that it can limit its window, so the server must not ask (section 7.1.2.2).
            None if self.client_max_window_bits < 15 => return None,
            None => 15,
        };
        Some(Agreement {
            server_no_context_takeover: offer.server_no_context_takeover || self.server_no_context_takeover,
            client_no_context_takeover: offer.client_no_context_takeover || self.client_no_context_takeover,
            server_max_window_bits: offer
                .server_max_window_bits
                .map_or(self.server_max_window_bits, |bits| {
                    bits.min(self.server_max_window_bits)
                }),
            // Accepting a limit of the server's window includes answering with one (section 7.1.2.1).
            names_server_window: offer.server_max_window_bits.is_some() || self.server_max_window_bits < 15,
            client_max_window_bits,
            settings: self,
        })
    }
}

/// One offer of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offer {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<u8>,
    /// 15 if the parameter has no value, `None` if it is left out.
    client_max_window_bits: Option<u8>,
}

impl Offer {
    /// Returns `None` if the element is another extension, or breaks section 7.1.
    fn parse(element: &str) -> Option<Self> {
        let mut parts = element.split(';').map(str::trim);
        if parts.next() != Some(EXTENSION) {
            return None;
        }
        let mut offer = Self {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: None,
            client_max_window_bits: None,
        };
        for part in parts {
            let (name, value) = part.split_once('=').map_or((part, None), |(name, value)| {
                (name, Some(value.trim_matches('"')))
            });
            match (name, value) {
                ("server_no_context_takeover", None) => offer.server_no_context_takeover = true,
                ("client_no_context_takeover", None) => offer.client_no_context_takeover = true,
                ("server_max_window_bits", Some(value)) => offer.server_max_window_bits = Some(bits(value)?),
                ("client_max_window_bits", None) => offer.client_max_window_bits = Some(15),
                ("client_max_window_bits", Some(value)) => offer.client_max_window_bits = Some(bits(value)?),
                _ => return None,
            }
        }
        Some(offer)
    }
}

fn bits(value: &str) -> Option<u8> {
    value.parse().ok().filter(|bits| WINDOW_BITS.contains(bits))
}

/// What client and server have agreed on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agreement {
    pub(super) server_no_context_takeover: bool,
    pub(super) client_no_context_takeover: bool,
    pub(super) server_max_window_bits: u8,
    names_server_window: bool,
    client_max_window_bits: u8,
    pub(super) settings: Settings,
}

impl Agreement {
    /// Returns whether the client can decompress its own compressed payloads, sent back in the same order.
    ///
    /// Its two histories are equal then, unless it forgets what it has received and refers to what it has sent.
    pub(crate) fn allows_verbatim_echo(self) -> bool {
        let remembers = self.client_no_context_takeover || !self.server_no_context_takeover;
        remembers && self.client_max_window_bits <= self.server_max_window_bits && !self.settings.recode
    }
}

/// Writes the value of `Sec-WebSocket-Extensions`.
impl fmt::Display for Agreement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(EXTENSION)?;
        if self.server_no_context_takeover {
            formatter.write_str("; server_no_context_takeover")?;
        }
        if self.client_no_context_takeover {
            formatter.write_str("; client_no_context_takeover")?;
        }
        if self.names_server_window {
            write!(
                formatter,
                "; server_max_window_bits={}",
                self.server_max_window_bits
            )?;
        }
        if self.client_max_window_bits < 15 {
            write!(
                formatter,
                "; client_max_window_bits={}",
                self.client_max_window_bits
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request_head::sample;

    fn agree(query: &str, offers: &str) -> Option<Agreement> {
        let head = sample(
            &format!("/?{query}"),
            &format!("Sec-WebSocket-Extensions: {offers}\r\n"),
        );
        Settings::from_query(&head.query()).unwrap()?.accept(&head)
    }

    fn answer(query: &str, offers: &str) -> Option<String> {
        agree(query, offers).map(|agreement| agreement.to_string())
    }

    #[test]
    fn negotiates_only_if_path_and_client_ask_for_it() {
        assert_eq!(answer("", "permessage-deflate"), None);
        assert_eq!(answer("deflate=1", "other"), None);
        assert_eq!(
            answer("deflate=1", "permessage-deflate").unwrap(),
            "permessage-deflate"
        );
    }

    #[test]
    fn answers_with_the_narrower_parameters() {
        let offer = "permessage-deflate; server_no_context_takeover; server_max_window_bits=\"10\"; client_max_window_bits=12";
        assert_eq!(
            answer(
                "deflate=1&server_max_window_bits=11&client_max_window_bits=9",
                offer
            )
            .unwrap(),
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=10; client_max_window_bits=9"
        );
    }

    #[test]
    fn answers_with_the_window_of_the_server_if_the_client_limits_it() {
        let offer = "permessage-deflate; server_max_window_bits=15";
        assert_eq!(answer("deflate=1", offer).unwrap(), offer);
    }

    #[test]
    fn skips_offers_that_are_invalid_or_cannot_be_limited() {
        let offers = "permessage-deflate; server_max_window_bits=16, permessage-deflate; unknown, permessage-deflate, \
            permessage-deflate; client_max_window_bits";
        assert_eq!(
            answer("deflate=1&client_max_window_bits=9", offers).unwrap(),
            "permessage-deflate; client_max_window_bits=9"
        );
    }

    #[test]
    fn echoes_verbatim_only_if_the_client_remembers_what_it_refers_to() {
        let verbatim = |query, offer| agree(query, offer).unwrap().allows_verbatim_echo();
        let offer = "permessage-deflate; client_max_window_bits";
        for (query, expected) in [
            ("deflate=1", true),
            ("deflate=1&server_no_context_takeover=1", false),
            (
                "deflate=1&server_no_context_takeover=1&client_no_context_takeover=1",
                true,
            ),
            ("deflate=1&server_max_window_bits=10", false),
            (
                "deflate=1&server_max_window_bits=10&client_max_window_bits=10",
                true,
            ),
            ("deflate=1&recode=1", false),
        ] {
            assert_eq!(verbatim(query, offer), expected, "{query}");
        }
    }

    #[test]
    fn names_a_parameter_that_is_out_of_range() {
        let query = sample("/?deflate=1&server_max_window_bits=16", "").query();
        assert!(
            Settings::from_query(&query)
                .unwrap_err()
                .contains("server_max_window_bits=16")
        );
    }
}
