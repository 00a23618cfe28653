//! Answers that are accepted and refused.

use super::*;

const OFFER: DeflateOffer = DeflateOffer {
    server_no_context_takeover: false,
    client_no_context_takeover: false,
    server_max_window_bits: None,
    client_max_window_bits: ClientWindow::Limitable,
};

fn judged(line: &str, offer: DeflateOffer) -> Result<String, String> {
    let agreed = agree(std::iter::once(line), Some(offer)).map_err(|error| error.to_string())?;
    Ok(agreed.map_or_else(String::new, |parameters| parameters.to_string()))
}

#[track_caller]
fn accepts(line: &str, offer: DeflateOffer, agreed: &str) {
    assert_eq!(judged(line, offer).as_deref(), Ok(agreed), "{line:?}");
}

/// Checks the refusal of a parameter.
#[track_caller]
fn refuses(line: &str, offer: DeflateOffer, why: &str) {
    let message = format!("server chose permessage-deflate, but its parameter {why} (RFC 7692 section 7.1)");
    assert_eq!(judged(line, offer), Err(message), "{line:?}");
}

#[test]
fn accepts_what_a_server_may_answer_to_the_default_offer() {
    for (line, agreed) in [
        ("", ""),
        (" ,", ""),
        ("permessage-deflate", "permessage-deflate"),
        (", permessage-deflate ,", "permessage-deflate"),
        (
            "permessage-deflate; server_no_context_takeover",
            "permessage-deflate; server_no_context_takeover",
        ),
        (
            "permessage-deflate; client_no_context_takeover",
            "permessage-deflate; client_no_context_takeover",
        ),
        (
            "permessage-deflate; server_max_window_bits=15; client_max_window_bits=15",
            "permessage-deflate",
        ),
        (
            "permessage-deflate;client_max_window_bits=\"8\";server_max_window_bits=\"1\\0\"",
            "permessage-deflate; server_max_window_bits=10; client_max_window_bits=8",
        ),
    ] {
        accepts(line, OFFER, agreed);
    }
}

#[test]
fn accepts_each_number_of_window_bits_and_no_other() {
    for bits in 8..=15_u8 {
        let line = format!("permessage-deflate; server_max_window_bits={bits}");
        let agreed = agree(std::iter::once(line.as_str()), Some(OFFER));
        assert_eq!(agreed.unwrap().unwrap().server_max_window_bits, bits);
    }
    for value in [
        "0", "7", "16", "08", "008", "+8", "-8", "8.0", "0x8", "1e1", "264", "x",
    ] {
        for name in ["server_max_window_bits", "client_max_window_bits"] {
            let why = format!("{name} is {value:?}, not a number from 8 to 15");
            refuses(&format!("permessage-deflate; {name}={value}"), OFFER, &why);
        }
    }
}

#[test]
fn refuses_parameters_of_invalid_form() {
    for (parameters, why) in [
        ("x", "x does not exist"),
        (
            "server_no_context_takeover=1",
            "server_no_context_takeover has the value \"1\", and takes none",
        ),
        (
            "client_no_context_takeover=true",
            "client_no_context_takeover has the value \"true\", and takes none",
        ),
        ("server_max_window_bits", "server_max_window_bits has no value"),
        ("client_max_window_bits", "client_max_window_bits has no value"),
        (
            "Server_Max_Window_Bits=10",
            "Server_Max_Window_Bits does not exist",
        ),
    ] {
        refuses(&format!("permessage-deflate; {parameters}"), OFFER, why);
    }
    for parameter in [
        "server_no_context_takeover",
        "client_no_context_takeover",
        "server_max_window_bits=10",
        "client_max_window_bits=10",
    ] {
        let name = parameter.trim_end_matches("=10");
        let why = format!("{name} occurs more than once");
        refuses(
            &format!("permessage-deflate; {parameter}; {parameter}"),
            OFFER,
            &why,
        );
    }
}

#[test]
fn refuses_an_answer_without_what_was_requested() {
    let reset = DeflateOffer {
        server_no_context_takeover: true,
        ..OFFER
    };
    refuses(
        "permessage-deflate; client_no_context_takeover",
        reset,
        "server_no_context_takeover was requested and is missing",
    );
    accepts("", reset, "");
    let limited = DeflateOffer {
        server_max_window_bits: Some(10),
        ..OFFER
    };
    refuses(
        "permessage-deflate; client_max_window_bits=10",
        limited,
        "server_max_window_bits was requested and is missing",
    );
    refuses(
        "permessage-deflate; server_max_window_bits=11",
        limited,
        "server_max_window_bits is 11, above the offered 10",
    );
    for bits in [8, 9, 10] {
        let line = format!("permessage-deflate; server_max_window_bits={bits}");
        accepts(&line, limited, &line);
    }
}

#[test]
fn refuses_a_client_window_beyond_the_offer() {
    let fixed = DeflateOffer {
        client_max_window_bits: ClientWindow::Fixed,
        ..OFFER
    };
    let why = "client_max_window_bits was not offered";
    refuses("permessage-deflate; client_max_window_bits=15", fixed, why);
    accepts(
        "permessage-deflate; server_max_window_bits=9",
        fixed,
        "permessage-deflate; server_max_window_bits=9",
    );
    let limited = DeflateOffer {
        client_max_window_bits: ClientWindow::AtMost(12),
        ..OFFER
    };
    let why = "client_max_window_bits is 13, above the offered 12";
    refuses("permessage-deflate; client_max_window_bits=13", limited, why);
    for bits in [8, 12] {
        let line = format!("permessage-deflate; client_max_window_bits={bits}");
        accepts(&line, limited, &line);
    }
}

#[test]
fn keeps_what_the_client_announced_if_the_server_does_not_repeat_it() {
    let announced = DeflateOffer {
        client_no_context_takeover: true,
        client_max_window_bits: ClientWindow::AtMost(9),
        ..OFFER
    };
    accepts(
        "permessage-deflate",
        announced,
        "permessage-deflate; client_no_context_takeover; client_max_window_bits=9",
    );
}

#[test]
fn refuses_extensions_that_were_not_offered() {
    let not_offered = |name: &str| {
        format!("server chose the extension {name:?}, which was not offered (RFC 6455 section 4.1)")
    };
    for (line, name) in [
        ("x-webkit-deflate-frame", "x-webkit-deflate-frame"),
        ("permessage-deflate, x", "x"),
        ("x, permessage-deflate", "x"),
        ("Permessage-Deflate", "Permessage-Deflate"),
    ] {
        assert_eq!(judged(line, OFFER), Err(not_offered(name)));
    }
    let unasked = agree(std::iter::once("permessage-deflate"), None).unwrap_err();
    assert_eq!(unasked.to_string(), not_offered("permessage-deflate"));
    assert_eq!(agree(std::iter::once(" "), None), Ok(None));
}

#[test]
fn refuses_a_second_permessage_deflate() {
    let twice = Err(ExtensionError::Repeated);
    for lines in [
        &["permessage-deflate, permessage-deflate"][..],
        &[
            "permessage-deflate",
            "",
            "permessage-deflate; client_max_window_bits=10",
        ],
    ] {
        assert_eq!(agree(lines.iter().copied(), Some(OFFER)), twice);
    }
    let spread = agree(["", "permessage-deflate", ","].into_iter(), Some(OFFER));
    assert!(spread.unwrap().is_some());
}

#[test]
fn bounds_what_an_error_shows() {
    let long = "x".repeat(10_000);
    for line in [
        long.clone(),
        format!("{long} x"),
        format!("permessage-deflate; {long}"),
        format!("permessage-deflate; server_max_window_bits={long}"),
        format!("permessage-deflate; server_no_context_takeover={long}"),
    ] {
        assert!(judged(&line, OFFER).unwrap_err().len() < 300, "{line:.30}");
    }
}
