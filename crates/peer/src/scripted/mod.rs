//! The scripted peer: sends exactly what a test asks for, be it right or wrong, and remembers the answer.
//!
//! `/script/<base64url of a JSON array>?id=NAME` plays a script, `/transcript/NAME` tells what came of it.

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

/// Scripts come in the path.
const MAX_HEAD: usize = 1024 * 1024;

/// Serves one connection from its request to its end.
pub(crate) async fn serve(mut stream: TcpStream, transcripts: &Transcripts) {
    let (head, rest) = match request_head::read(&mut stream, MAX_HEAD).await {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return answer(stream, &HttpResponse::text(400, error.to_string())).await;
        }
        Err(_) => return,
    };
    if let Some(encoded) = head.path().strip_prefix("/script/") {
        play(stream, &head, &rest, encoded, transcripts).await;
    } else if let Some(name) = head.path().strip_prefix("/transcript/") {
        let reply = transcript(name, transcripts).await;
        answer(stream, &reply).await;
    } else {
        answer(
            stream,
            &HttpResponse::text(404, "neither /script/ nor /transcript/"),
        )
        .await;
    }
}

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
            let (remains, transcript, ending) = Player::new(stream, head, rest).play(&steps).await;
            end(transcript, ending);
            remains.close().await;
        }
        Err(error) => {
            end(Transcript::new(&head.text), Ending::Error(error.clone()));
            answer(stream, &HttpResponse::text(400, error)).await;
        }
    }
}

async fn transcript(name: &str, transcripts: &Transcripts) -> HttpResponse {
    match transcripts.wait(name).await {
        Found::Ended(transcript) => HttpResponse::json(200, &transcript),
        Found::Running => {
            HttpResponse::json(504, &json!({ "error": format!("script {name} has not ended") }))
        }
        Found::Unknown => HttpResponse::json(404, &json!({ "error": format!("no script {name}") })),
    }
}

async fn answer(stream: TcpStream, answer: &HttpResponse) {
    let mut transport = Transport::plain(stream);
    if answer.write(&mut transport).await.is_ok() {
        transport.finish().await;
    }
}
