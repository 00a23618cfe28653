//! The scripted peer: sends exactly the bytes a test asks for, valid or not, and records what the client sends.
//!
//! `/script/<base64url of a JSON array>?id=NAME` plays a script, `/transcript/NAME` returns its transcript.

mod player;
mod script;
mod transcript;

use std::io;

use serde_json::json;
use tokio::net::TcpStream;

use crate::{
    http_response::HttpResponse,
    request_head::{self, RequestHead},
    transport::Transport,
};

use self::{
    player::Player,
    transcript::{Ending, Found, Transcript},
};

pub(crate) use self::transcript::Transcripts;

/// The longest request head, in bytes. Large, because a script is part of the path.
const MAX_HEAD: usize = 1024 * 1024;

/// Serves one connection from its request to its end.
pub(crate) async fn serve(mut stream: TcpStream, transcripts: &Transcripts) {
    let (head, rest) = match request_head::read(&mut stream, MAX_HEAD).await {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return respond(stream, &HttpResponse::text(400, error.to_string())).await;
        }
        Err(_) => return,
    };
    if let Some(encoded) = head.path().strip_prefix("/script/") {
        play(stream, &head, &rest, encoded, transcripts).await;
    } else if let Some(name) = head.path().strip_prefix("/transcript/") {
        let reply = transcript(name, transcripts).await;
        respond(stream, &reply).await;
    } else {
        respond(
            stream,
            &HttpResponse::text(404, "the path is neither /script/ nor /transcript/"),
        )
        .await;
    }
}

/// Plays the script of the path, or rejects it with 400.
async fn play(stream: TcpStream, head: &RequestHead, rest: &[u8], encoded: &str, transcripts: &Transcripts) {
    let query = head.query();
    let name = query.get("id");
    if let Some(name) = name {
        transcripts.begin(name);
    }
    let end = |transcript, ending| {
        if let Some(name) = name {
            transcripts.end(name, transcript, &ending);
        }
    };
    match script::from_path(encoded) {
        Ok(steps) => {
            let (ended, transcript, ending) = Player::new(stream, head, rest).play(&steps).await;
            end(transcript, ending);
            ended.close().await;
        }
        Err(error) => {
            end(Transcript::new(&head.text), Ending::Error(error.clone()));
            respond(stream, &HttpResponse::text(400, error)).await;
        }
    }
}

/// Returns the response to `/transcript/NAME`.
async fn transcript(name: &str, transcripts: &Transcripts) -> HttpResponse {
    match transcripts.wait(name).await {
        Found::Ended(transcript) => HttpResponse::json(200, &transcript),
        Found::Running => {
            HttpResponse::json(504, &json!({ "error": format!("script {name} has not ended") }))
        }
        Found::Unknown => HttpResponse::json(404, &json!({ "error": format!("no script {name}") })),
    }
}

/// Sends a plain HTTP response and closes the connection.
async fn respond(stream: TcpStream, response: &HttpResponse) {
    let mut transport = Transport::plain(stream);
    if response.write(&mut transport).await.is_ok() {
        transport.finish().await;
    }
}
