//! Being a parent: taking in what children pass up, and answering what they ask.

use crate::{
    Node, NodeError,
    check_ins::{Sight, leave_out},
    evaluate::Known,
    feed::ENTRY,
    grants::Right,
    history::LEVEL,
    identity::alias,
    outbox::Acknowledged,
    wire::{
        AskAccesses, AskDay, AskHistory, AskStanding, Day, Entries, EntryIds, Standing, UpBatch,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hutong_model::{Date, Entry, Fact, Member, PersonId, RegionCode};
use hutong_store::{Access, AdmitBatch, AdmitRow, Audience, InboxMark, NewFact, NewFeedItem};

/// Whether two rows from a child say who one person is, as one row told it.
fn belongs(last: &AdmitRow, row: &AdmitRow) -> bool {
    let who = |fact: &NewFact| {
        matches!(fact.fact, Fact::Demographics(_) | Fact::DocumentLinked(_) | Fact::Guardian(_))
    };
    last.documents.first() == row.documents.first()
        && (&last.member, last.region, last.admitted) == (&row.member, row.region, row.admitted)
        && last.facts.iter().chain(&row.facts).all(who)
}

fn join(last: &mut AdmitRow, row: AdmitRow) {
    last.documents.extend(row.documents.into_iter().skip(1));
    last.facts.extend(row.facts);
}

impl Node {
    /// Takes in a run of a child's journal: idempotent, in order, all of it durable when it
    /// returns.
    ///
    /// # Errors
    /// [`NodeError::Forbidden`] where an entry is of a region that is not the child's: then
    /// nothing of the batch is kept.
    pub async fn receive(&self, child: &Member, batch: UpBatch) -> Result<Acknowledged, NodeError> {
        let mark = self.store.inbox_position(&child.id).await?;
        if !batch.repair && batch.after > mark {
            tracing::warn!(child = %child.id, mark, after = batch.after,
                "a child has passed up more than is here; it sends it again");
            return Ok(Acknowledged { seq: mark });
        }
        let mut rows = Vec::with_capacity(batch.entries.len());
        let mut requests = Vec::new();
        for numbered in batch.entries {
            if !batch.repair && numbered.seq <= mark {
                continue;
            }
            if !child.region.contains(&numbered.entry.member.region()) {
                tracing::error!(child = %child.id, entry = %numbered.entry.id,
                    "a child passed up an entry of a region that is not its own");
                return Err(NodeError::Forbidden("an entry is of a region that is not yours"));
            }
            if let Fact::CorrectionRequest(_) = numbered.entry.fact {
                requests.push(numbered.entry.clone());
            }
            let row = self.row_from_child(child.region, numbered.entry).await?;
            // What the child wrote of one row goes in as one, so that it is known when somebody
            // was born before their documents lead anywhere. Repairs come in no order.
            match rows.last_mut() {
                Some(last) if !batch.repair && belongs(last, &row) => join(last, row),
                _ => rows.push(row),
            }
        }
        let inbox = (!batch.repair)
            .then(|| InboxMark { node: child.id.clone(), seq: batch.upto.max(mark) });
        metrics::counter!("hutong_inbox_entries_total").increment(rows.len() as u64);
        self.store.admit(AdmitBatch { rows, inbox, all_or_none: false }).await?;
        for request in requests {
            self.route_correction(&request).await?;
        }
        self.outbox_wake.notify_one();
        self.decide_wake.notify_one();
        Ok(Acknowledged { seq: batch.upto.max(mark) })
    }

    /// The row that a child's entry becomes: its person is known here by the child's alias.
    async fn row_from_child(
        &self,
        region: RegionCode,
        entry: Entry,
    ) -> Result<AdmitRow, NodeError> {
        let mut documents = vec![alias(region, entry.person)];
        let mut fact = entry.fact;
        match &mut fact {
            Fact::DocumentLinked(document) => documents.push(document.clone()),
            Fact::PersonsLinked(other, _) | Fact::PersonsUnlinked(other, _) => {
                *other = self.person_for(vec![alias(region, *other)]).await?;
            }
            _ => {}
        }
        Ok(AdmitRow {
            member: entry.member,
            region: entry.region,
            admitted: entry.times.admitted,
            person: None,
            documents,
            facts: vec![NewFact {
                id: entry.id,
                own_id: entry.own_id,
                source: entry.source,
                times: entry.times,
                replaces: entry.replaces,
                fact,
            }],
            from_node: true,
        })
    }

    /// Sends a request for correction down to the region whose member stated the record.
    pub(crate) async fn route_correction(&self, request: &Entry) -> Result<(), NodeError> {
        let Fact::CorrectionRequest(content) = &request.fact else { return Ok(()) };
        let Some(record) = self.store.entry(content.record).await? else { return Ok(()) };
        let origin = record.entry.member.region();
        if origin == self.settings.region || origin == request.member.region() {
            return Ok(()); // it is in the right node's own queue
        }
        self.store
            .append_feed(NewFeedItem {
                kind: ENTRY.into(),
                audience: Audience::Region(origin),
                body: STANDARD.encode(crate::admit::cbor(request)),
                at: self.now(),
            })
            .await?;
        Ok(())
    }

    /// Up to where a child's journal has arrived.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn inbox_position(&self, child: &Member) -> Result<Acknowledged, NodeError> {
        Ok(Acknowledged { seq: self.store.inbox_position(&child.id).await? })
    }

    /// A person's entries, for a child that asks for one of its members. Recorded as an access.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read or the access not be recorded.
    pub async fn answer_history(
        &self,
        child: &Member,
        ask: AskHistory,
    ) -> Result<Entries, NodeError> {
        let persons = self.persons_named(child.region, &ask.whom).await?;
        let mut entries: Vec<Entry> = Vec::new();
        if !persons.is_empty() {
            let stored = match ask.what.as_str() {
                // A level is decided by them below: only the primary's will do.
                LEVEL => self.store.entries_of(&persons).await?,
                _ => self.store.shown(&persons).await?.1,
            };
            entries = stored.into_iter().map(|stored| stored.entry).collect();
        }
        let own = [Right::Own, Right::Guardian].map(|right| right.as_text());
        let sight = if own.contains(&ask.right) { Sight::Own } else { Sight::Others };
        leave_out(&mut entries, sight, self.now());
        let mut complete = true;
        if let Some(parent) = &self.parent {
            let mut whom = ask.whom.clone();
            whom.documents.extend(whom.aliases.drain(..).map(|p| alias(child.region, p)));
            whom.aliases.clone_from(&persons);
            let above = AskHistory { whom, ..ask.clone() };
            match self.ask_entries(parent, &above).await {
                Ok(more) => {
                    complete = more.complete;
                    entries.extend(more.entries);
                }
                Err(error) => {
                    tracing::warn!(error = %error, "answering a history without the node above");
                    complete = false;
                }
            }
        }
        if let Some(person) = persons.first() {
            let records = entries.iter().filter(|entry| entry.fact.is_record()).count();
            self.store
                .record_access(Access {
                    person: *person,
                    at: self.now(),
                    member: child.id.clone(),
                    on_behalf_of: Some(ask.on_behalf_of),
                    region: child.region,
                    purpose: ask.purpose,
                    right: ask.right,
                    what: ask.what,
                    records: u32::try_from(records).unwrap_or(u32::MAX),
                })
                .await?;
        }
        Ok(Entries { entries, complete })
    }

    /// Who looked at a person here and above, for a child that asks for the person.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn answer_accesses(
        &self,
        child: &Member,
        ask: AskAccesses,
    ) -> Result<Vec<Access>, NodeError> {
        let persons = self.persons_named(child.region, &ask.whom).await?;
        let limit = ask.limit.min(hutong_model::limits::HISTORY_PAGE_MAX);
        let mut accesses = self.store.accesses(&persons, limit).await?;
        if let Some(parent) = &self.parent {
            let whom = crate::wire::Whom { aliases: persons, ..ask.whom };
            let question = AskAccesses { whom, limit };
            match parent.post_json("/v1/node/accesses", &question, self.moment()).await {
                Ok::<Vec<Access>, _>(more) => accesses.extend(more),
                Err(error) => tracing::warn!(error = %error, "accesses without the node above"),
            }
        }
        Ok(accesses)
    }

    /// Whether an assertion of another node still says what is so, from the evidence here.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn answer_standing(&self, ask: AskStanding) -> Result<Standing, NodeError> {
        let unknown = Standing { known: false, level: None, reasons: Vec::new() };
        let Ok(issuer) = RegionCode::parse(&ask.issuer) else { return Ok(unknown) };
        let person = self.person_of(issuer, ask.subject).await?;
        let Some(person) = person else { return Ok(unknown) };
        let (_, stored) = self.local_entries(person).await?;
        let known = Known::of(stored.into_iter().map(|stored| stored.entry));
        let decision = self.decide(&known, issuer)?.into_iter().next();
        Ok(Standing {
            known: true,
            level: decision.as_ref().map(hutong_rules::Decision::level),
            reasons: decision
                .map(|d| d.reasons().iter().map(|reason| reason.code().to_owned()).collect())
                .unwrap_or_default(),
        })
    }

    /// The person here that the node of `issuer` calls `subject`.
    pub(crate) async fn person_of(
        &self,
        issuer: RegionCode,
        subject: PersonId,
    ) -> Result<Option<PersonId>, NodeError> {
        if issuer == self.settings.region {
            let known = !self.store.entries_of(&[subject]).await?.is_empty();
            return Ok(known.then_some(subject));
        }
        Ok(self
            .store
            .persons_by_documents(&[alias(issuer, subject)])
            .await?
            .into_iter()
            .flatten()
            .next())
    }

    /// Counts and digests per member and day, of the child's own region.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn answer_digests(
        &self,
        child: &Member,
        from: Date,
        to: Date,
    ) -> Result<Vec<Day>, NodeError> {
        let days = self.store.day_digests(from, to).await?;
        let own = |day: &hutong_store::DayDigest| child.region.contains(&day.member.region());
        Ok(days.into_iter().filter(own).map(Day::from).collect())
    }

    /// The entries of one of the child's members on one day.
    ///
    /// # Errors
    /// [`NodeError::Forbidden`] where the member is not of the child's region.
    pub async fn answer_day(&self, child: &Member, ask: AskDay) -> Result<EntryIds, NodeError> {
        if !child.region.contains(&ask.member.region()) {
            return Err(NodeError::Forbidden("the member is not of your region"));
        }
        let entries = self.store.entries_of_day(&ask.member, ask.day).await?;
        Ok(EntryIds { ids: entries.into_iter().map(|stored| stored.entry.id).collect() })
    }
}
