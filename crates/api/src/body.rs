//! Request bodies: unpacked within limits, read whole or as a stream, content types checked.

use crate::{access::App, problem::Problem};
use async_compression::{
    tokio::bufread::{GzipDecoder, ZstdDecoder},
    zstd::DParameter,
};
use axum::{
    body::BodyDataStream,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt};
use hutong_model::limits::{BODY_BYTES_MAX, INFLATE_RATIO_MAX};
use serde::de::DeserializeOwned;
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncReadExt};
use tokio_util::io::StreamReader;

/// Bytes that any compressed body may unpack to, whatever its ratio.
const INFLATE_FREE: u64 = 1024 * 1024;
/// Bytes unpacked at a time.
const PIECE: usize = 128 * 1024;
/// Largest window of a zstd frame: 8 MiB, what its specification asks decoders to offer
/// (RFC 8878 §3.1.1.1.2).
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// A body as a stream of unpacked bytes.
pub struct Incoming {
    source: Source,
    taken: Arc<AtomicU64>,
    given: u64,
}

enum Source {
    Plain(BodyDataStream),
    Packed(Pin<Box<dyn AsyncRead + Send>>),
}

impl Incoming {
    /// The body of a request.
    ///
    /// # Errors
    /// [`Problem`] 415 for a content coding other than gzip, zstd or identity.
    pub fn of(request: Request) -> Result<Self, Problem> {
        let coding = request.headers().get(header::CONTENT_ENCODING).cloned();
        let stream = request.into_body().into_data_stream();
        let taken = Arc::new(AtomicU64::new(0));
        let coding = coding.as_ref().map_or(Ok("identity"), |value| value.to_str());
        let source = match coding.map(str::trim) {
            Ok("identity" | "") => Source::Plain(stream),
            Ok("gzip" | "x-gzip") => {
                let mut decoder = GzipDecoder::new(counted(stream, taken.clone()));
                decoder.multiple_members(true);
                Source::Packed(Box::pin(decoder))
            }
            Ok("zstd") => {
                let window = [DParameter::window_log_max(ZSTD_WINDOW_LOG_MAX)];
                let mut decoder = ZstdDecoder::with_params(counted(stream, taken.clone()), &window);
                decoder.multiple_members(true);
                Source::Packed(Box::pin(decoder))
            }
            _ => {
                return Err(Problem::media_type("a content encoding is gzip, zstd or identity"));
            }
        };
        Ok(Self { source, taken, given: 0 })
    }

    /// The next piece; None at the end.
    ///
    /// # Errors
    /// [`Problem`] 400 where the body breaks off or cannot be unpacked, 413 where it unpacks to
    /// too much.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        match &mut self.source {
            Source::Plain(stream) => match stream.next().await {
                None => Ok(None),
                Some(Ok(bytes)) => Ok(Some(bytes)),
                Some(Err(_)) => Err(Problem::bad_request("the body broke off")),
            },
            Source::Packed(reader) => {
                let mut piece = BytesMut::with_capacity(PIECE);
                let read = reader.read_buf(&mut piece).await.map_err(|_| {
                    Problem::bad_request("the body broke off, or is not packed as its header says")
                })?;
                if read == 0 {
                    return Ok(None);
                }
                self.given += read as u64;
                let taken = self.taken.load(Ordering::Relaxed);
                if self.given > INFLATE_FREE && self.given / INFLATE_RATIO_MAX > taken {
                    metrics::counter!("hutong_inflate_refused_total").increment(1);
                    return Err(Problem::too_large(format!(
                        "the body unpacks to more than {INFLATE_RATIO_MAX} times its size"
                    )));
                }
                Ok(Some(piece.freeze()))
            }
        }
    }

    /// All of it, up to a limit.
    ///
    /// # Errors
    /// As [`Incoming::next`]; [`Problem`] 413 where it is longer than `max`.
    pub async fn whole(mut self, max: usize) -> Result<Bytes, Problem> {
        let Some(first) = self.next().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.next().await? else {
            return if first.len() > max { Err(too_large(max)) } else { Ok(first) };
        };
        let mut all = Vec::new();
        append(&mut all, &first, max)?;
        append(&mut all, &second, max)?;
        drop((first, second));
        while let Some(more) = self.next().await? {
            append(&mut all, &more, max)?;
        }
        Ok(all.into())
    }
}

/// Appends within the limit; room doubles, and never beyond the limit.
fn append(all: &mut Vec<u8>, more: &[u8], max: usize) -> Result<(), Problem> {
    let length = all.len() + more.len();
    if length > max {
        return Err(too_large(max));
    }
    if length > all.capacity() {
        all.reserve_exact((2 * length).min(max) - all.len());
    }
    all.extend_from_slice(more);
    Ok(())
}

fn too_large(max: usize) -> Problem {
    Problem::too_large(format!(
        "the body is larger than {} MiB; send it in parts, or as a stream to /v1/admissions",
        max / (1024 * 1024)
    ))
}

/// The packed bytes as a reader that counts them.
fn counted(stream: BodyDataStream, taken: Arc<AtomicU64>) -> impl AsyncBufRead + Send {
    StreamReader::new(stream.map_err(io::Error::other).inspect_ok(move |bytes| {
        taken.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    }))
}

impl FromRequest<App> for Incoming {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        Self::of(request)
    }
}

/// The media type of a body, in lower case, without parameters.
pub fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = value.unwrap_or_default().split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

/// A body read whole, whatever its type.
pub struct Raw(pub Bytes);

impl FromRequest<App> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        let stated = request.headers().get(header::CONTENT_LENGTH);
        let stated = stated.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        if stated.is_some_and(|length| length > BODY_BYTES_MAX) {
            return Err(Problem::too_large(format!(
                "the body is larger than {} MiB; send it in parts, or as a stream to /v1/admissions",
                BODY_BYTES_MAX / (1024 * 1024)
            )));
        }
        Incoming::of(request)?.whole(BODY_BYTES_MAX).await.map(Self)
    }
}

/// A FHIR resource or Bundle in JSON, read whole.
pub struct FhirBody(pub Bytes);

impl FromRequest<App> for FhirBody {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        match media_type(request.headers()).as_str() {
            "application/fhir+json" | "application/json" => {}
            _ => {
                return Err(Problem::media_type("send application/fhir+json"));
            }
        }
        Raw::from_request(request, app).await.map(|raw| Self(raw.0))
    }
}

/// A JSON body.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        if media_type(request.headers()) != "application/json" {
            return Err(Problem::media_type("send application/json"));
        }
        let Raw(bytes) = Raw::from_request(request, app).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| json_problem(&error))
    }
}

/// What is wrong with a JSON body, without repeating any of it.
fn json_problem(error: &serde_json::Error) -> Problem {
    use serde_json::error::Category;
    let text = error.to_string();
    let own_words = [
        "missing field",
        "the check digit",
        "a passport",
        "a mainland travel permit",
        "the birth date",
        "the division code",
        "a document number",
        "a permanent residence",
    ];
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Eof => Problem::bad_request("the JSON breaks off"),
        Category::Syntax | Category::Io => {
            Problem::bad_request(format!("not JSON at line {line}, column {column}"))
        }
        Category::Data if own_words.iter().any(|words| text.starts_with(words)) => {
            Problem::bad_request(text)
        }
        Category::Data => Problem::bad_request(format!(
            "a field is unknown, or its value is not what it should be, at line {line}, column \
             {column}; see /openapi.json"
        )),
    }
}
