//! The payload of a close frame.

use websocket_rs_protocol::close;

/// Compares `close::parse` with RFC 6455 sections 5.5.1 and 7.4.
pub fn check(payload: &[u8]) {
    let expected = match payload.len() {
        0 => Ok((close::NO_STATUS, "")),
        1 => Err(close::PROTOCOL_ERROR),
        _ => expect(u16::from(payload[0]) << 8 | u16::from(payload[1]), &payload[2..]),
    };
    assert_eq!(
        close::parse(payload).map_err(close::InvalidClose::close_code),
        expected
    );
}

fn expect(code: u16, reason: &[u8]) -> Result<(u16, &str), u16> {
    // 1004 is undefined; 1005, 1006 and 1015 never appear in a frame (section 7.4.1).
    let registered = (1000..=1014).contains(&code) && !(1004..=1006).contains(&code);
    if !registered && !(3000..5000).contains(&code) {
        return Err(close::PROTOCOL_ERROR);
    }
    std::str::from_utf8(reason)
        .map(|reason| (code, reason))
        .map_err(|_| close::INVALID_PAYLOAD)
}
