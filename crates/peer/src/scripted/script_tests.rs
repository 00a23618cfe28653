//! Which scripts are accepted, and the texts of the errors.

use base64::{
    Engine as _,
    engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD},
};

use super::*;

fn parse(json: &str) -> Result<Vec<ScriptStep>, String> {
    from_path(&URL_SAFE_NO_PAD.encode(json))
}

fn action(json: &str) -> Action {
    parse(&format!("[{json}]")).unwrap().pop().unwrap().action
}

fn error_of(json: &str) -> String {
    parse(json).unwrap_err()
}

#[test]
fn accepts_base64url_with_and_without_padding() {
    assert_eq!(
        from_path(&URL_SAFE.encode("[{\"sleep\":1}]")).unwrap(),
        parse("[{\"sleep\":1}]").unwrap()
    );
}

#[test]
fn parses_every_step_of_the_table() {
    let steps = r#"[{"accept":true,"headers":{"A":"1","B":["2","3"]}},{"text":"x"},{"hex":"81 00"},
        {"drip":"00","every":5},{"dripText":"x"},{"repeat":3,"hex":"00"},{"frame":{"opcode":9}},
        {"sleep":1},{"read":2},{"readFrame":true},{"readUntilClose":true},{"readToEnd":true,"timeout":7},
        {"shutdown":true},{"close":true}]"#;
    let steps = parse(steps).unwrap();
    assert_eq!(steps.len(), 14);
    assert_eq!(steps[11].timeout, Duration::from_millis(7));
    assert_eq!(steps[0].timeout, Duration::from_secs(30));
    assert_eq!(action(r#"{"reset":true}"#), Action::Reset);
}

#[test]
fn encodes_a_frame_step() {
    let bytes = |json: &str| match action(json) {
        Action::Send {
            payload: ScriptPayload::Bytes(bytes),
            times: 1,
        } => bytes,
        other => panic!("{other:?}"),
    };
    assert_eq!(bytes(r#"{"frame":{"opcode":1,"text":"a"}}"#), [0x81, 1, b'a']);
    assert_eq!(
        bytes(r#"{"frame":{"opcode":8,"hex":"03e8"}}"#),
        [0x88, 2, 3, 0xe8]
    );
    assert_eq!(
        bytes(r#"{"frame":{"opcode":2,"fin":false,"rsv":4,"fill":2}}"#),
        [0x42, 2, b'a', b'a']
    );
    assert_eq!(
        bytes(r#"{"frame":{"opcode":9,"masked":true}}"#),
        [0x89, 0x80, 0x12, 0x34, 0x56, 0x78]
    );
}

#[test]
fn names_the_invalid_step() {
    assert_eq!(
        error_of(r#"[{"sleep":1},{"read":1,"foo":2}]"#),
        "step 2 (read): unknown key `foo`"
    );
    assert_eq!(
        error_of(r#"[{"hex":"8"}]"#),
        "step 1 (hex): `8` is not hexadecimal: Odd number of digits"
    );
    assert_eq!(error_of(r#"[{"accept":false}]"#), "step 1 (accept): must be true");
    assert_eq!(error_of(r#"[{"repeat":2}]"#), "step 1 (repeat): `hex` is missing");
    assert_eq!(error_of(r#"[{"jump":1}]"#), "step 1: no known step in [\"jump\"]");
    assert_eq!(
        error_of(r#"[{"frame":{"opcode":16}}]"#),
        "step 1 (frame): `opcode`: 16 is more than 15"
    );
    assert_eq!(
        error_of(r#"[{"frame":{"opcode":1,"text":"a","hex":"00"}}]"#),
        "step 1 (frame): unknown key `hex`"
    );
    assert!(error_of("[1]").starts_with("step 1: not an object"));
    assert!(error_of("{}").starts_with("script is not an array"));
}

#[test]
fn ignores_white_space_between_hexadecimal_digits() {
    assert_eq!(
        action(r#"{"hex":"81 01\n6 1"}"#),
        once(ScriptPayload::Bytes(vec![0x81, 1, 0x61]))
    );
    assert!(error_of(r#"[{"hex":"8g"}]"#).starts_with("step 1 (hex): `8g` is not hexadecimal"));
}

#[test]
fn rejects_two_actions_in_one_step() {
    assert_eq!(
        error_of(r#"[{"sleep":1,"read":1}]"#),
        "step 1 (sleep): unknown key `read`"
    );
}

#[test]
fn rejects_steps_after_the_end_of_the_connection() {
    assert!(error_of(r#"[{"close":true},{"sleep":1}]"#).starts_with("step 1:"));
}
