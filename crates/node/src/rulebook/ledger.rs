//! What of a published document stands in the ledger.

use super::{
    Document, areas::AreaDocument, events::Act, events::DeclaredEvent, packs::PackDocument,
    programmes::FiledProgrammePack, variations::FiledVariation,
};
use crate::{
    Node, NodeError,
    ledger::{digest, exception, label},
};
use hutong_code::Published;
use hutong_ledger::{EventStage, PackVersion, Private, Public};

impl Node {
    /// Puts a document before the ledger; it is published after that.
    pub(super) async fn note_published(&self, published: &Published) -> Result<(), NodeError> {
        if let Some(public) = self.public_of(published)? {
            self.note_in_ledger(public, Private::default()).await?;
        }
        Ok(())
    }

    fn public_of(&self, published: &Published) -> Result<Option<Public>, NodeError> {
        let issuer = self.settings.region;
        let digest = digest(published.body.as_bytes());
        Ok(match &*published.kind {
            DeclaredEvent::KIND => {
                let event: DeclaredEvent = read(published)?;
                let stage = match event.acts.last().map(|act| act.act) {
                    Some(Act::Renewed) => EventStage::Renewed,
                    Some(Act::Ended) => EventStage::Ended,
                    Some(Act::Declared) | None => EventStage::Declared,
                };
                let (event, sunset) = (label(&event.id)?, event.sunset);
                Some(Public::Event { issuer, event, stage, sunset, digest })
            }
            PackDocument::KIND => {
                let pack: PackDocument = read(published)?;
                let valid_from = pack.valid_from;
                let pack = PackVersion {
                    id: label(&pack.id)?,
                    version: label(&pack.version)?,
                    digest: crate::ledger::digest(pack.source.as_bytes()),
                };
                Some(Public::RulePack { issuer, pack, valid_from })
            }
            FiledVariation::KIND => {
                let filed: FiledVariation = read(published)?;
                let pack = format!("{}/{}", filed.filed.pack, filed.filed.pack_version);
                let span = (filed.filed.effective_from, filed.filed.expires_at);
                let names = [&*filed.id, &pack, "rule-variation"];
                Some(exception(filed.filed.region, names, span, published.body.as_bytes())?)
            }
            FiledProgrammePack::KIND => {
                let filed: FiledProgrammePack = read(published)?;
                let end = filed.last_day.plus_days(1);
                let span = (filed.first_day.utc_start(), end.utc_start());
                let names = [&*filed.id, "national-programme", "programme-addition"];
                Some(exception(filed.filed.region, names, span, published.body.as_bytes())?)
            }
            // Areas are public themselves, with all their listings.
            AreaDocument::KIND => None,
            _ => None,
        })
    }
}

fn read<D: Document>(published: &Published) -> Result<D, NodeError> {
    serde_json::from_str(&published.body).map_err(super::setup)
}
