//! Verifying and recognising (GB/T 38963 §6.7): signatures by the trust list, codes of other
//! systems by asking them, and what the evidence says now by asking above.

use crate::{
    Node, NodeError,
    wire::{AskStanding, Standing},
};
use aws_lc_rs::digest;
use hutong_code::{
    Answer, ReasonCode, TrustList, TrustListBody, Verifier, VerifyContext,
    foreign::{Reading, detect},
    verify::{Format, Step},
};
use hutong_model::{PersonId, RegionCode, Timestamp, Verdict, limits};
use serde::{Deserialize, Serialize};

/// A question whether a code is recognised.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AskRecognise {
    /// The text of the code.
    pub text: String,
    /// Where the verifier stands.
    pub region: RegionCode,
}

impl Node {
    /// Verifies a code or certificate shown in this node's region, with everything that can be
    /// asked. Never fails: what cannot be learnt is `unverified`, and the answer says what was
    /// checked.
    pub async fn verify(&self, text: &str) -> Reading {
        let text = text.trim_matches(['\r', '\n', '\t']);
        let reading: Reading = if self.is_of_a_member(text) {
            self.verify_in(text, self.settings.region).await.into()
        } else {
            Reading::clone(&self.scanner().scan(text, &VerifyContext::at(self.now())))
        };
        metrics::counter!("hutong_verifications_total", "result" => reading.verdict.as_str())
            .increment(1);
        reading
    }

    /// Whether a text is a code of ours or of a member's own system.
    fn is_of_a_member(&self, text: &str) -> bool {
        match detect(text) {
            Format::Ht1 => true,
            Format::Unknown | Format::Other => {
                let text = text.trim();
                let listed = self.trust_list();
                listed.is_some_and(|state| state.list().adapter_for(text).is_some())
                    || self.adapters().iter().any(|adapter| adapter.codes.matches(text))
            }
            _ => false,
        }
    }

    /// Recognises a code for a child node.
    pub async fn answer_recognise(&self, ask: AskRecognise) -> Answer {
        self.verify_in(&ask.text, ask.region).await
    }

    async fn verify_in(&self, text: &str, region: RegionCode) -> Answer {
        let text = text.trim();
        let mut answer = self.verify_offline(text, Some(region));
        let own = self.adapters().into_iter().find(|adapter| adapter.codes.matches(text));
        if let Some(adapter) = own {
            if answer.verdict != Verdict::NotRecognised {
                let said = self.ask_code_system(&adapter, text).await;
                answer.issuer = Some(adapter.codes.region);
                answer.conclude(said.verdict, None, said.reason);
                answer.level = level_of(said.verdict);
            }
            return answer;
        }
        if answer.adapter.is_some() && answer.verdict == Verdict::Unverified {
            return self.recognise_above(text, region, answer).await;
        }
        if answer.is_positive() && answer.level.is_some() {
            self.refresh(&mut answer).await;
        }
        answer
    }

    /// Verifies with the trust list alone.
    pub(crate) fn verify_offline(&self, text: &str, region: Option<RegionCode>) -> Answer {
        let context = VerifyContext::at(self.now());
        let context = match region {
            Some(region) => context.in_region(region),
            None => context,
        };
        match self.trust_list() {
            Some(state) => state.verifier.verify(text, &context),
            None => no_trust_list().verify(text, &context),
        }
    }

    /// Asks above about a code of another system.
    async fn recognise_above(&self, text: &str, region: RegionCode, mut answer: Answer) -> Answer {
        let Some(parent) = &self.parent else { return answer };
        let ask = AskRecognise { text: text.to_owned(), region };
        match parent.post_json("/v1/node/recognise", &ask, self.moment()).await {
            Ok(from_above) => from_above,
            Err(error) => {
                tracing::warn!(error = %error, "a code of another system could not be checked");
                answer.conclude(Verdict::Unverified, None, ReasonCode::CALLBACK_FAILED);
                answer
            }
        }
    }

    /// Brings a level up to date with the evidence that the nodes above hold.
    async fn refresh(&self, answer: &mut Answer) {
        let (Some(issuer), Some(subject)) = (answer.issuer, answer.subject) else { return };
        match self.standing(issuer, subject).await {
            Ok(Some(now)) if now.level != answer.level => {
                let verdict = now.level.map_or(Verdict::Valid, Verdict::from);
                answer.conclude(verdict, Some(Step::Freshness), ReasonCode::SUPERSEDED);
                answer.level = now.level;
                for reason in now.reasons.iter().filter_map(|name| ReasonCode::parse(name)) {
                    answer.add_reason(reason);
                }
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => answer.add_reason(ReasonCode::NOT_REFRESHED),
        }
    }

    /// What the level is now: by this node's evidence at the root and for its own people, else
    /// by asking above. None where the person is not known there.
    async fn standing(
        &self,
        issuer: RegionCode,
        subject: PersonId,
    ) -> Result<Option<Standing>, NodeError> {
        let ask = AskStanding { issuer: issuer.to_string(), subject };
        let standing = match &self.parent {
            Some(parent) => parent.post_json("/v1/node/standing", &ask, self.moment()).await?,
            None => self.answer_standing(ask).await?,
        };
        Ok(Some(standing).filter(|standing| standing.known))
    }

    /// Whose code was shown: authentic, fresh, by their own phone, and used once.
    pub(crate) async fn presented_subject(
        &self,
        text: &str,
    ) -> Result<(RegionCode, PersonId), NodeError> {
        const REFUSED: NodeError =
            NodeError::Forbidden("the code shown is not authentic and fresh; show it again");
        let answer = self.verify_offline(text.trim(), None);
        let (Some(issuer), Some(subject)) = (answer.issuer, answer.subject) else {
            return Err(REFUSED);
        };
        if !answer.is_positive() || answer.paper {
            return Err(REFUSED);
        }
        let token = hex::encode(digest::digest(&digest::SHA256, text.trim().as_bytes()));
        let now = self.now();
        let until = now.plus_s(limits::PRESENTATION_S_MAX + 2 * limits::CLOCK_SKEW_S_MAX);
        if !self.store.use_once("presentation", &token, until, now).await? {
            return Err(NodeError::Forbidden("this very code was used before; show it again"));
        }
        Ok((issuer, subject))
    }
}

fn level_of(verdict: Verdict) -> Option<hutong_model::Level> {
    hutong_model::Level::parse(verdict.as_str())
}

/// A verifier with no list at all: everything is unverified, and says why.
fn no_trust_list() -> Verifier {
    let body = TrustListBody {
        generation: 0,
        made_at: Timestamp::default(),
        issuer: RegionCode::NATION,
        fresh_s: 0,
        grace_s: 0,
        keys: Vec::new(),
        regions: Vec::new(),
        adapters: Vec::new(),
        exceptions: Vec::new(),
    };
    // INVARIANT: an empty list has nothing in it that could be refused.
    Verifier::new(TrustList::of_body(body).unwrap_or_else(|_| unreachable!()))
}
