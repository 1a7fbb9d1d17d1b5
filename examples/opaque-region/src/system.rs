//! What the region keeps: its rules, and the codes it has issued.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use jiff::{SignedDuration, Timestamp, tz::Offset};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

/// What every code begins with.
const PREFIX: &str = "GZM";
/// Characters after the prefix; none that look alike.
const LENGTH: usize = 24;
const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
/// Codes kept at most; the oldest are forgotten first.
const CODES_MAX: usize = 100_000;

/// Why a question is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The caller's token is wrong.
    Token,
    /// The text has not the form of a code.
    Form,
    /// No such code.
    Unknown,
    /// The code has run out.
    Expired,
    /// Too much to do.
    Busy,
    /// The application lacks something.
    Application,
}

impl Refusal {
    /// The number in the answer.
    pub const fn code(self) -> u32 {
        match self {
            Self::Token => 40001,
            Self::Form => 40002,
            Self::Application => 40003,
            Self::Unknown => 40401,
            Self::Expired => 40402,
            Self::Busy => 50003,
        }
    }

    /// The words in the answer.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Token => "token无效",
            Self::Form => "二维码格式错误",
            Self::Application => "姓名或证件号码缺失",
            Self::Unknown => "二维码不存在",
            Self::Expired => "二维码已过期",
            Self::Busy => "系统繁忙，请稍后再试",
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
struct Outcome {
    color: String,
    description: String,
}

#[derive(Debug, Deserialize)]
struct Rule {
    signal: String,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Debug, Deserialize)]
struct Rules {
    version: String,
    rules: Vec<Rule>,
    otherwise: Outcome,
}

struct Issued {
    name: String,
    idcard: String,
    outcome: Outcome,
    at: Timestamp,
    until: Timestamp,
}

/// The region's code system.
pub struct System {
    rules: Rules,
    codes: HashMap<String, Issued>,
    order: std::collections::VecDeque<String>,
    chance: StdRng,
}

impl System {
    /// A system without any codes yet.
    pub fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let rules = serde_json::from_str(include_str!("../data/rules.json"))?;
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed)?;
        let chance = StdRng::from_seed(seed);
        Ok(Self { rules, codes: HashMap::new(), order: Default::default(), chance })
    }

    /// Whether to play too busy this time.
    pub fn is_busy(&mut self, share: f64) -> bool {
        self.chance.random::<f64>() < share
    }

    /// Issues a code. The first rule that fits decides its colour.
    pub fn issue(
        &mut self,
        name: &str,
        idcard: &str,
        signals: &[String],
        now: Timestamp,
        ttl_s: i64,
    ) -> Result<Value, Refusal> {
        if name.trim().is_empty() || idcard.trim().is_empty() {
            return Err(Refusal::Application);
        }
        let rule = self.rules.rules.iter().find(|rule| signals.contains(&rule.signal));
        let outcome = rule.map_or(&self.rules.otherwise, |rule| &rule.outcome).clone();
        let characters =
            (0..LENGTH).map(|_| char::from(ALPHABET[self.chance.random_range(0..ALPHABET.len())]));
        let code: String = PREFIX.chars().chain(characters).collect();
        if self.order.len() >= CODES_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.codes.remove(&oldest);
        }
        let until = now.saturating_add(SignedDuration::from_secs(ttl_s)).unwrap_or(now);
        let answer = json!({
            "code": code,
            "color": outcome.color,
            "expireTime": local(until),
            "ruleVersion": self.rules.version,
        });
        let (name, idcard) = (name.trim().to_owned(), idcard.trim().to_owned());
        self.order.push_back(code.clone());
        self.codes.insert(code, Issued { name, idcard, outcome, at: now, until });
        Ok(answer)
    }

    /// What a code means now.
    pub fn query(&self, code: &str, now: Timestamp) -> Result<Value, Refusal> {
        let rest = code.strip_prefix(PREFIX).ok_or(Refusal::Form)?;
        if rest.len() != LENGTH || !rest.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Refusal::Form);
        }
        let issued = self.codes.get(code).ok_or(Refusal::Unknown)?;
        if now >= issued.until {
            return Err(Refusal::Expired);
        }
        Ok(json!({
            "color": issued.outcome.color,
            "description": issued.outcome.description,
            "updateTime": local(issued.at),
            "expireTime": local(issued.until),
            "name": masked(&issued.name, 1, 0),
            "idcard": masked(&issued.idcard, 4, 4),
            "from": "520000",
        }))
    }
}

/// Local time without its offset, as such platforms write it.
fn local(at: Timestamp) -> String {
    Offset::constant(8).to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A text with all but its first and last characters hidden.
fn masked(text: &str, head: usize, tail: usize) -> String {
    let count = text.chars().count();
    let shown = |place: usize| place < head || place + tail >= count;
    text.chars().enumerate().map(|(place, c)| if shown(place) { c } else { '*' }).collect()
}
