//! Certificates of a person's records for other systems and for paper: EU Digital COVID
//! Certificates, SMART Health Cards, and our own. What a format cannot state is left out, and said.

mod statement;

use crate::{Node, NodeError, assertions::masked, history::Reader, signer::Signer};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hutong_code::{
    foreign::{PersonShown, Record},
    issue::{
        IssueError, Uvci,
        dcc::{self, DccClaims},
        own::{self, CertificateClaims},
        shc::{self, CardClaims},
    },
};
use hutong_fhir::ShownRecord;
use hutong_model::{EntryId, PersonId, Timestamp, limits};
use serde::{Deserialize, Serialize};

/// How long a certificate holds, in seconds; a card of doses has no end.
const CERTIFICATE_S: i64 = 365 * 86_400;

/// What kind of certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateFormat {
    /// EU Digital COVID Certificates: one for each record.
    EuDcc,
    /// A SMART Health Card of all records.
    Shc,
    /// Certificates of records of ours, of as many records as fit a code.
    Hutong,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct CertificateWish {
    /// Which kind.
    pub format: CertificateFormat,
    /// Which records; all where empty.
    pub records: Vec<EntryId>,
}

/// A certificate.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuedCertificate {
    /// Which kind.
    pub format: CertificateFormat,
    /// The texts to be put into QR codes: one, or the parts of a card.
    pub codes: Vec<String>,
    /// The records that it states.
    pub records: Vec<EntryId>,
    /// Until when it holds; absent where it has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// A record that is in no certificate, and why.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// The record.
    pub record: EntryId,
    /// Which field of the format, and what about it.
    pub reason: String,
}

/// What was issued.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Issued {
    /// The certificates.
    pub certificates: Vec<IssuedCertificate>,
    /// Records that the format cannot state.
    pub left_out: Vec<LeftOut>,
}

/// A record in the one model of certificates, and where it is from.
#[derive(Clone)]
pub(crate) struct Statable {
    pub(crate) id: EntryId,
    pub(crate) record: Record,
}

/// Everything that certificates of a person are made from.
#[derive(Clone)]
pub(crate) struct Ground {
    pub(crate) person: PersonId,
    pub(crate) shown: PersonShown,
    pub(crate) masked: Result<hutong_code::Masked, String>,
    pub(crate) records: Vec<Statable>,
    pub(crate) left_out: Vec<LeftOut>,
}

impl Node {
    /// Issues certificates of a person's records; read as a history, and recorded as one.
    ///
    /// # Errors
    /// [`NodeError::Setup`] where the node has no key for it; [`NodeError::NotFound`] where a
    /// record that is asked for is not there.
    pub async fn issue_certificates(
        &self,
        person: PersonId,
        reader: Reader,
        wish: &CertificateWish,
    ) -> Result<Issued, NodeError> {
        let ground = self.certificate_ground(person, reader, &wish.records).await?;
        self.issue_from(ground, wish.format)
    }

    /// Reads what certificates are made from.
    pub(crate) async fn certificate_ground(
        &self,
        person: PersonId,
        reader: Reader,
        wanted: &[EntryId],
    ) -> Result<Ground, NodeError> {
        let history = self.history(person, reader).await?;
        let counts = |record: &&ShownRecord| !record.superseded;
        let chosen = |record: &&ShownRecord| wanted.is_empty() || wanted.contains(&record.entry.id);
        let shown: Vec<&ShownRecord> =
            history.records.iter().filter(counts).filter(chosen).collect();
        if shown.len() < wanted.len() {
            return Err(NodeError::NotFound("the person has no such record that counts"));
        }
        let by = statement::By { country: &self.settings.country, node: &self.settings.name };
        let (mut records, mut left_out) = (Vec::new(), Vec::new());
        // Newest first is how they are shown; a certificate tells a story from its beginning.
        for record in shown.into_iter().rev() {
            let id = record.entry.id;
            match statement::of(record, &by) {
                Ok(Some(record)) => records.push(Statable { id, record }),
                Ok(None) => {}
                Err(reason) => left_out.push(LeftOut { record: id, reason: reason.into() }),
            }
        }
        Ok(Ground {
            person,
            shown: statement::person(&history.identity),
            masked: masked(&history.identity).map_err(|error| error.to_string()),
            records,
            left_out,
        })
    }

    /// Issues certificates of one kind.
    pub(crate) fn issue_from(
        &self,
        mut ground: Ground,
        format: CertificateFormat,
    ) -> Result<Issued, NodeError> {
        let certificates = match format {
            CertificateFormat::EuDcc => self.dccs(&mut ground)?,
            CertificateFormat::Shc => self.card(&mut ground)?,
            CertificateFormat::Hutong => self.own_certificates(&mut ground)?,
        };
        metrics::counter!("hutong_certificates_total").increment(certificates.len() as u64);
        Ok(Issued { certificates, left_out: ground.left_out })
    }

    fn dccs(&self, ground: &mut Ground) -> Result<Vec<IssuedCertificate>, NodeError> {
        let signer = self.signer()?;
        let mut issued = Vec::new();
        for Statable { id, record } in &ground.records {
            let expires_at = self.now().plus_s(CERTIFICATE_S).min(signer.certificate.not_after());
            match self.dcc(&signer, &ground.shown, record, expires_at) {
                Ok(code) => issued.push(IssuedCertificate {
                    format: CertificateFormat::EuDcc,
                    codes: vec![code],
                    records: vec![*id],
                    expires_at: Some(expires_at),
                }),
                Err(error) => {
                    ground.left_out.push(LeftOut { record: *id, reason: error.to_string() });
                }
            }
        }
        Ok(issued)
    }

    fn dcc(
        &self,
        signer: &Signer,
        person: &PersonShown,
        record: &Record,
        expires_at: Timestamp,
    ) -> Result<String, IssueError> {
        let opaque = hex::encode_upper(self.entropy.bytes16());
        let uvci = Uvci::build(&self.settings.country, &opaque)?;
        let claims = DccClaims {
            issuer: &self.settings.country,
            issued_at: self.now(),
            expires_at,
            key_id: signer.certificate.key_id(),
            uvci: &uvci,
            person,
            record,
        };
        dcc::issue(&claims, &*signer.key)
    }

    /// One card of every record that a card can state.
    fn card(&self, ground: &mut Ground) -> Result<Vec<IssuedCertificate>, NodeError> {
        let signer = self.signer()?;
        let revocation_id = URL_SAFE_NO_PAD.encode(self.entropy.bytes16());
        let card = |records: &[Record]| {
            let claims = CardClaims {
                issuer: &self.settings.public_url,
                not_before: self.now(),
                expires_at: None,
                revocation_id: Some(&revocation_id),
                person: &ground.shown,
                records,
                dose_numbers: false,
            };
            shc::issue(&claims, &*signer.key)
        };
        let (mut ids, mut records) = (Vec::new(), Vec::new());
        for Statable { id, record } in &ground.records {
            match card(std::slice::from_ref(record)) {
                Ok(_) => {
                    ids.push(*id);
                    records.push(record.clone());
                }
                Err(error) => {
                    ground.left_out.push(LeftOut { record: *id, reason: error.to_string() });
                }
            }
        }
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let card = card(&records)
            .map_err(|error| NodeError::Conflict(format!("a SMART Health Card: {error}")))?;
        Ok(vec![IssuedCertificate {
            format: CertificateFormat::Shc,
            codes: card.codes(),
            records: ids,
            expires_at: None,
        }])
    }

    /// Certificates of ours, each with as many records as go into one code.
    fn own_certificates(&self, ground: &mut Ground) -> Result<Vec<IssuedCertificate>, NodeError> {
        let holder = ground.masked.clone().map_err(NodeError::Conflict)?;
        let now = self.now();
        let expires_at = now.plus_s(CERTIFICATE_S);
        let certificate = |records: &[&Statable]| {
            own::issue(
                &CertificateClaims {
                    issuer: self.settings.region,
                    subject: ground.person,
                    issued_at: now,
                    expires_at,
                    cti: self.entropy.bytes16(),
                    holder: holder.clone(),
                    records: records.iter().map(|one| one.record.clone()).collect(),
                },
                self.keys.assertion(),
            )
        };
        let mut issued: Vec<IssuedCertificate> = Vec::new();
        let mut held: Vec<&Statable> = Vec::new();
        for one in &ground.records {
            held.push(one);
            let fits = match certificate(&held) {
                Ok(code) => code.len() <= limits::CERTIFICATE_QR_CHARACTERS_MAX,
                Err(_) => false,
            };
            let code = if fits {
                issued.pop_if(|_| held.len() > 1);
                certificate(&held)
            } else {
                held = vec![one];
                certificate(&held)
            };
            match code {
                Ok(code) => issued.push(IssuedCertificate {
                    format: CertificateFormat::Hutong,
                    codes: vec![code],
                    records: held.iter().map(|one| one.id).collect(),
                    expires_at: Some(expires_at),
                }),
                Err(error) => {
                    held.clear();
                    ground.left_out.push(LeftOut { record: one.id, reason: error.to_string() });
                }
            }
        }
        Ok(issued)
    }
}
