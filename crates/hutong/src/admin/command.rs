//! What can be asked of a node by whoever runs it.

use super::{
    OnProgress, Progress, backup, export,
    trust::{self, TrustOrder},
};
use crate::{failure::Failure, import};
use base64::{Engine, engine::general_purpose::STANDARD};
use hutong_model::{Date, MemberId, MemberKind, Purpose, RegionCode, Timestamp};
use hutong_node::{
    Node, adapters::Adapter, members::NewMember, reconcile::Span, rulebook::events::NewEvent,
    tallies::AskCounts, trust::NewException,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

/// A command.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum AdminCommand {
    /// How the node stands.
    Status,
    /// Admits a member.
    MemberAdmit(AdmitMember),
    /// Suspends a member.
    MemberSuspend {
        /// Which.
        id: MemberId,
    },
    /// Lists members.
    MemberList,
    /// Puts an adapter.
    AdapterPut {
        /// The adapter.
        adapter: Box<Adapter>,
    },
    /// Lists adapters.
    AdapterList,
    /// Files an exception.
    ExceptionFile {
        /// The exception.
        exception: Box<NewException>,
    },
    /// Lists exceptions.
    ExceptionList,
    /// Declares an event.
    EventDeclare {
        /// The event.
        event: Box<NewEvent>,
    },
    /// Puts off the sunset of an event.
    EventRenew {
        /// Which.
        id: String,
        /// By what law.
        legal_basis: String,
        /// The new sunset.
        sunset: Timestamp,
    },
    /// Ends an event.
    EventEnd {
        /// Which.
        id: String,
        /// By what law.
        legal_basis: String,
    },
    /// Lists events.
    EventList,
    /// What a rule pack would change.
    RulesSimulate {
        /// In which event.
        event: String,
        /// The text of the pack.
        source: String,
    },
    /// The signed trust list.
    TrustExport,
    /// Trusts a file of another system.
    TrustImport(TrustOrder),
    /// The certificate of the key that signs certificates for other systems, in PEM.
    CertificateExport,
    /// A request for one that an authority signs.
    CertificateRequest,
    /// Puts one that an authority has signed in its place.
    CertificateInstall {
        /// PEM.
        pem: String,
    },
    /// Lists such files.
    TrustFiles,
    /// Trusts such a file no longer.
    TrustRemove {
        /// Its name.
        name: String,
    },
    /// Compares with the parent.
    Reconcile {
        /// First day; 30 days ago where None.
        from: Option<Date>,
        /// Last day; today where None.
        to: Option<Date>,
        /// Whether differences are mended.
        mend: bool,
    },
    /// Imports files.
    Import(import::Order),
    /// Exports the region's own records to a file.
    Export {
        /// Where to.
        file: PathBuf,
        /// Why, in words; kept in the node's log.
        reason: String,
        /// What the file is.
        #[serde(default)]
        format: export::Format,
    },
    /// Reads counters.
    Counts(AskCounts),
    /// Counts everything again.
    Recount {
        /// Whether counters that differ are set right.
        mend: bool,
    },
    /// Copies the store.
    Backup {
        /// Where to.
        folder: PathBuf,
    },
}

/// What is stated to admit a member.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AdmitMember {
    /// Its id.
    pub id: MemberId,
    /// What it is.
    pub kind: MemberKind,
    /// Its name.
    pub name: String,
    /// Where it is; the region of its id where None.
    pub region: Option<RegionCode>,
    /// What it may ask data for; the usual purposes of its kind where None.
    pub purposes: Option<BTreeSet<Purpose>>,
    /// Its public keys.
    pub jwks: Value,
}

/// How a node stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Its region.
    pub region: RegionCode,
    /// Its name.
    pub name: String,
    /// Where it is reached.
    pub public_url: String,
    /// The node above.
    pub parent: Option<String>,
    /// Its clock.
    pub now: Timestamp,
    /// Persons it keeps.
    pub persons: u64,
    /// Entries in its journal.
    pub entries: u64,
    /// Entries that the parent has not acknowledged.
    pub outbox_lag: u64,
    /// The last item of the parent's feed that was applied.
    pub feed_position: u64,
    /// Members that may act.
    pub members_active: usize,
    /// Generation of the trust list, and when it was made.
    pub trust_list: Option<(u64, Timestamp)>,
    /// Exceptions filed here.
    pub exceptions: usize,
    /// Code systems that are not Hutong.
    pub adapters: usize,
    /// Alarms that nobody has looked into.
    pub alarms_open: usize,
}

/// Days that are compared when none are named.
const RECONCILE_DAYS: i32 = 30;

impl AdminCommand {
    /// Its name, for the log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::MemberAdmit(_) => "member-admit",
            Self::MemberSuspend { .. } => "member-suspend",
            Self::MemberList => "member-list",
            Self::AdapterPut { .. } => "adapter-put",
            Self::AdapterList => "adapter-list",
            Self::ExceptionFile { .. } => "exception-file",
            Self::ExceptionList => "exception-list",
            Self::EventDeclare { .. } => "event-declare",
            Self::EventRenew { .. } => "event-renew",
            Self::EventEnd { .. } => "event-end",
            Self::EventList => "event-list",
            Self::RulesSimulate { .. } => "rules-simulate",
            Self::TrustExport => "trust-export",
            Self::TrustImport(_) => "trust-import",
            Self::TrustFiles => "trust-files",
            Self::CertificateExport => "certificate-export",
            Self::CertificateRequest => "certificate-request",
            Self::CertificateInstall { .. } => "certificate-install",
            Self::TrustRemove { .. } => "trust-remove",
            Self::Reconcile { .. } => "reconcile",
            Self::Import(_) => "import",
            Self::Export { .. } => "export",
            Self::Counts(_) => "counts",
            Self::Recount { .. } => "recount",
            Self::Backup { .. } => "backup",
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be done.
    pub async fn run(self, node: &Arc<Node>, on_progress: OnProgress) -> Result<Value, Failure> {
        Ok(match self {
            Self::Status => serde_json::to_value(standing(node).await?)?,
            Self::MemberAdmit(new) => {
                let new = NewMember {
                    region: new.region.unwrap_or_else(|| new.id.region()),
                    id: new.id,
                    kind: new.kind,
                    name: new.name,
                    purposes: new.purposes,
                    jwks: new.jwks,
                };
                serde_json::to_value(&*node.admit_member(new).await?)?
            }
            Self::MemberSuspend { id } => serde_json::to_value(&*node.suspend_member(&id).await?)?,
            Self::MemberList => {
                let members = node.list_members();
                serde_json::to_value(members.iter().map(|member| &**member).collect::<Vec<_>>())?
            }
            Self::AdapterPut { adapter } => {
                node.put_adapter(*adapter).await?;
                Value::Null
            }
            Self::AdapterList => {
                let adapters = node.adapters();
                serde_json::to_value(adapters.iter().map(|a| &**a).collect::<Vec<_>>())?
            }
            Self::ExceptionFile { exception } => {
                serde_json::to_value(node.file_exception(*exception).await?)?
            }
            Self::ExceptionList => serde_json::to_value(node.exceptions().await?)?,
            Self::EventDeclare { event } => {
                serde_json::to_value(node.declare_event(*event).await?)?
            }
            Self::EventRenew { id, legal_basis, sunset } => {
                serde_json::to_value(node.renew_event(&id, &legal_basis, sunset).await?)?
            }
            Self::EventEnd { id, legal_basis } => {
                serde_json::to_value(node.end_event(&id, &legal_basis).await?)?
            }
            Self::EventList => serde_json::to_value(node.events())?,
            Self::RulesSimulate { event, source } => {
                let told = |rows| on_progress(Progress { rows, ..Progress::default() });
                serde_json::to_value(node.simulate_pack(&event, &source, told).await?)?
            }
            Self::TrustExport => trust_list(node)?,
            Self::TrustImport(order) => serde_json::to_value(trust::import(node, order).await?)?,
            Self::CertificateExport => Value::String(node.signer_certificate().await?),
            Self::CertificateRequest => Value::String(node.signer_request()?),
            Self::CertificateInstall { pem } => {
                node.install_signer_certificate(&pem).await?;
                Value::Null
            }
            Self::TrustFiles => serde_json::to_value(node.trust_files().await?)?,
            Self::TrustRemove { name } => {
                node.remove_trust_file(&name).await?;
                Value::Null
            }
            Self::Reconcile { from, to, mend } => {
                let today = node.now().utc_date();
                let from = from.unwrap_or_else(|| today.plus_days(-RECONCILE_DAYS));
                let span = Span { from, to: to.unwrap_or(today) };
                serde_json::to_value(node.reconcile(span, mend).await?)?
            }
            Self::Import(order) => {
                serde_json::to_value(import::local::run(node, order, on_progress).await?)?
            }
            Self::Export { file, reason, format } => {
                let exported = export::run(node, &file, &reason, format, on_progress);
                serde_json::to_value(exported.await?)?
            }
            Self::Counts(ask) => json!({
                "groups": node.counts(&ask).await?,
                "uncounted": node.uncounted().await?,
            }),
            Self::Recount { mend } => {
                let told = |rows| on_progress(Progress { rows, ..Progress::default() });
                serde_json::to_value(node.recount(mend, told).await?)?
            }
            Self::Backup { folder } => {
                serde_json::to_value(backup::make(node, &folder, on_progress).await?)?
            }
        })
    }
}

async fn standing(node: &Node) -> Result<Standing, Failure> {
    let settings = node.settings();
    let (persons, entries) = node.store().counts().await?;
    let active =
        |member: &Arc<hutong_model::Member>| member.status == hutong_model::MemberStatus::Active;
    Ok(Standing {
        region: settings.region,
        name: settings.name.clone(),
        public_url: settings.public_url.clone(),
        parent: settings.parent.as_ref().map(|parent| parent.url.clone()),
        now: node.now(),
        persons,
        entries,
        outbox_lag: node.outbox_lag().await?,
        feed_position: node.feed_position().await?,
        members_active: node.list_members().into_iter().filter(active).count(),
        trust_list: node.trust_list().map(|t| (t.list().generation(), t.list().made_at())),
        exceptions: node.exceptions().await?.len(),
        adapters: node.adapters().len(),
        alarms_open: node.open_alarms().await?,
    })
}

fn trust_list(node: &Node) -> Result<Value, Failure> {
    let trust = node.trust_list().ok_or_else(|| {
        Failure::setup(
            "this node has no trust list yet",
            "it comes from the parent: see hutong status and hutong doctor",
        )
    })?;
    Ok(json!({
        "bytes": STANDARD.encode(&trust.bytes),
        "generation": trust.list().generation(),
        "madeAt": trust.list().made_at(),
    }))
}
