//! What a person presents as proof of what happened elsewhere (a certificate of another system,
//! paper), and what became of it.

pub mod answer;
pub mod list;
pub mod present;

use crate::{access::Caller, access::may, problem::Problem};
use hutong_fhir::{ReadContext, RowResult, read_resource};
use hutong_model::{Issue, MemberId, PersonId, Submission, Timestamp};
use hutong_node::claims::{ClaimShown, Presented};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use utoipa::ToSchema;

/// Most records that one paper says.
const PAPER_RECORDS_MAX: usize = 64;

/// What is presented: the text of a certificate, or what a paper says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PresentedBody {
    /// The text of a certificate's code: `HC1:…`, `shc:/…`.
    #[serde(default)]
    #[schema(example = "HC1:NCFOXN…")]
    certificate: Option<String>,
    /// What a paper says: FHIR Immunization or Observation resources, 1 to 64, without a patient.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Object>>)]
    records: Vec<Box<RawValue>>,
    /// What paper it is, in 1 to 512 bytes.
    #[serde(default)]
    #[schema(example = "yellow booklet of the WHO, stamped in Nairobi")]
    statement: Option<String>,
}

impl PresentedBody {
    /// Reads it, for the node. `member` is who hands it in.
    pub(crate) fn read(&self, member: MemberId, now: Timestamp) -> Result<Presented<'_>, Problem> {
        match (&self.certificate, self.records.as_slice(), &self.statement) {
            (Some(text), [], None) => Ok(Presented::Certificate(text)),
            (None, [_, ..], Some(statement)) => {
                if self.records.len() > PAPER_RECORDS_MAX {
                    return Err(Problem::bad_request("one paper says at most 64 records"));
                }
                let context = ReadContext::new(member, now);
                let records = self.records.iter().enumerate();
                let records = records.map(|(at, json)| record(json, at, &context));
                Ok(Presented::Paper { records: records.collect::<Result<_, _>>()?, statement })
            }
            _ => Err(Problem::bad_request(
                "give `certificate`, or what a paper says as `records` and `statement`",
            )),
        }
    }
}

/// One record that a paper says. Whom it is about is known; a patient in it says nothing.
fn record(json: &RawValue, at: usize, context: &ReadContext) -> Result<Submission, Problem> {
    let wrong = || Problem::bad_request(format!("records[{at}] is a FHIR resource in JSON"));
    let mut resource: Value = serde_json::from_str(json.get()).map_err(|_| wrong())?;
    let fields = resource.as_object_mut().ok_or_else(wrong)?;
    let whom = if fields.contains_key("vaccineCode") { "patient" } else { "subject" };
    let nobody = json!({ "identifier": { "system": "urn:hutong:claim", "value": "claimant" } });
    fields.insert(whom.to_owned(), nobody);
    let issues: Vec<Issue> = match read_resource(resource.to_string().as_bytes(), context).result {
        RowResult::Submission(submission, _) => return Ok(*submission),
        RowResult::NotKept(issue) => vec![issue],
        RowResult::Rejected(issues) => issues,
    };
    Err(Problem::unprocessable(format!("records[{at}] cannot be kept")).with_issues(issues))
}

/// Claims.
#[derive(Serialize, ToSchema)]
pub struct Claims {
    /// The claims, newest first.
    #[schema(value_type = Vec<ClaimSchema>)]
    pub(crate) claims: Vec<ClaimShown>,
}

/// A claim, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = Claim)]
#[serde(rename_all = "camelCase")]
pub struct ClaimSchema {
    /// Its id.
    #[schema(example = "0f8a7c1e5b9d4e3f8a7b6c5d4e3f2a1b")]
    id: String,
    /// `accepted` (its records are in the history), `waiting` (a clinic must see it), `refused`.
    #[schema(example = "accepted")]
    status: String,
    /// When it was presented.
    presented_at: String,
    /// To whom: a member, or the node itself.
    #[schema(example = "330000.node")]
    presented_to: String,
    /// The certificate: format, result and reason of its check, issuer, keyId, sha256.
    #[schema(value_type = Object)]
    certificate: Option<String>,
    /// What paper it is.
    statement: Option<String>,
    /// What it says happened.
    #[schema(value_type = Vec<Object>)]
    records: Vec<String>,
    /// Why it waits: `signature-unverified`, `paper`, `name-differs`, `birth-date-differs`,
    /// `person-unknown`, `incomplete`.
    doubts: Vec<String>,
    /// What became of it: by, region, at, reason, and the ids of its records.
    #[schema(value_type = Object)]
    answer: Option<String>,
}

/// The person, where the caller has a right to them.
async fn readable(caller: &Caller<may::HandleClaim>, id: &str) -> Result<PersonId, Problem> {
    let person = PersonId::parse(id).map_err(|_| {
        Problem::not_found("no such person, or no grant of theirs to you for this purpose")
    })?;
    caller.right_to(person).await?;
    Ok(person)
}
