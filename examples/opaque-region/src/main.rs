//! A region's existing code system, played by a small program. It knows nothing of Hutong and
//! need not change for it: its codes are opaque strings, and whoever wants to know what one means
//! asks it over a protocol of its own. See README.md.

mod system;

use axum::extract::{Query, State};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Parser;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use system::{Refusal, System};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

const SIGN_HEADER: HeaderName = HeaderName::from_static("x-healthcode-resp-sign");

/// Plays a region's code system that is not Hutong.
#[derive(Debug, Parser)]
struct Options {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Token that callers of the query must give.
    #[arg(long, default_value = "demo-token")]
    token: String,
    /// How long a code lives, in seconds.
    #[arg(long, default_value_t = 24 * 3600)]
    ttl_s: i64,
    /// How long each query takes, in milliseconds.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Share of queries that are answered with "busy", from 0 to 1.
    #[arg(long, default_value_t = 0.0)]
    fail_rate: f64,
    /// Key by which answers are signed in the header X-Healthcode-Resp-Sign; none: unsigned.
    #[arg(long)]
    sign_key: Option<String>,
}

struct App {
    options: Options,
    system: Mutex<System>,
}

impl App {
    fn system(&self) -> MutexGuard<'_, System> {
        self.system.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer, signed where there is a key. Such platforms answer 200 whatever happened.
    fn answer(&self, body: Value) -> Response {
        let text = body.to_string();
        let json = (header::CONTENT_TYPE, "application/json; charset=utf-8");
        match &self.options.sign_key {
            None => ([json], text).into_response(),
            Some(key) => {
                use aws_lc_rs::hmac;
                let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
                let sign = hex::encode(hmac::sign(&key, text.as_bytes()));
                ([json], [(SIGN_HEADER, sign)], text).into_response()
            }
        }
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        self.answer(json!({ "errcode": refusal.code(), "errmsg": refusal.message() }))
    }
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    token: String,
    #[serde(default)]
    code: String,
}

/// What does this code mean?
async fn query(State(app): State<Arc<App>>, Query(asked): Query<Asked>) -> Response {
    tokio::time::sleep(Duration::from_millis(app.options.latency_ms)).await;
    if asked.token != app.options.token {
        return app.refuse(Refusal::Token);
    }
    let found = {
        let mut system = app.system();
        if system.is_busy(app.options.fail_rate) {
            Err(Refusal::Busy)
        } else {
            system.query(&asked.code, now())
        }
    };
    match found {
        Ok(data) => app.answer(json!({ "errcode": 0, "errmsg": "ok", "data": data })),
        Err(refusal) => app.refuse(refusal),
    }
}

#[derive(Deserialize)]
struct Applied {
    name: String,
    idcard: String,
    /// What the region knows of the person, in the words of its own rules.
    #[serde(default)]
    signals: Vec<String>,
}

/// The region's own app asks for a person's code.
async fn issue(State(app): State<Arc<App>>, Json(applied): Json<Applied>) -> Response {
    let issued = app.system().issue(
        &applied.name,
        &applied.idcard,
        &applied.signals,
        now(),
        app.options.ttl_s,
    );
    match issued {
        Ok(data) => app.answer(json!({ "errcode": 0, "errmsg": "ok", "data": data })),
        Err(refusal) => app.refuse(refusal),
    }
}

#[expect(clippy::disallowed_methods, reason = "a program of its own, with the machine's clock")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    let listener = TcpListener::bind(options.listen).await?;
    // Before the line that says it is ready: whoever reads that line may signal at once.
    let mut terminate = signal(SignalKind::terminate())?;
    println!("{}", json!({ "listening": listener.local_addr()?.to_string() }));
    let app = Arc::new(App { options, system: Mutex::new(System::new()?) });
    let router = Router::new()
        .route("/qrcode/query", get(query))
        .route("/app/code", post(issue))
        .with_state(app);
    let stopped = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    axum::serve(listener, router).with_graceful_shutdown(stopped).await?;
    Ok(())
}
