//! Persons, their documents and links, and how persons of one node are named at another.

use crate::{Node, NodeError, wire::Whom};
use hutong_model::{
    Demographics, Document, EntryId, Fact, Guardian, Member, MemberId, PersonId, RegionCode,
    Source, Times,
};
use hutong_store::{AdmitBatch, AdmitRow, NewFact, OutcomeKind, Stored};

/// How the node of `region` names its person to other nodes.
pub fn alias(region: RegionCode, person: PersonId) -> Document {
    let system = format!("urn:hutong:node:{region}:person");
    // INVARIANT: the system and 32 hexadecimal digits are within the limits.
    Document::identifier(&system, &person.to_string()).unwrap_or_else(|_| unreachable!())
}

/// How nodes below name a person, by the entries of the person and all linked with them.
pub(crate) fn aliases(entries: &[Stored]) -> Vec<(RegionCode, PersonId)> {
    let alias = |document: &Document| {
        let region = document.scope().strip_prefix("urn:hutong:node:")?.strip_suffix(":person")?;
        Some((RegionCode::parse(region).ok()?, PersonId::parse(document.number()).ok()?))
    };
    let identity = Identity::from_entries(entries);
    identity.documents.iter().filter_map(|(document, _)| alias(document)).collect()
}

/// Who somebody is, as the entries of a person and all linked with them say.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// Documents in force, the strongest first, each with the entry that linked it.
    pub documents: Vec<(Document, EntryId)>,
    /// What is known; of each field, what was stated last.
    pub demographics: Demographics,
    /// Who acts for the person.
    pub guardians: Vec<Guardian>,
}

impl Identity {
    /// Reads it from entries in order of arrival.
    pub fn from_entries<'a>(entries: impl IntoIterator<Item = &'a Stored>) -> Self {
        let mut identity = Self::default();
        for Stored { entry, .. } in entries {
            match &entry.fact {
                Fact::DocumentLinked(document) => {
                    identity.documents.retain(|(known, _)| known != document);
                    identity.documents.push((document.clone(), entry.id));
                }
                Fact::DocumentUnlinked(document) => {
                    identity.documents.retain(|(known, _)| known != document);
                }
                Fact::Demographics(stated) => identity.state(stated),
                Fact::Guardian(guardian) if !identity.guardians.contains(guardian) => {
                    identity.guardians.push(guardian.clone());
                }
                _ => {}
            }
        }
        let rank = |document: &Document| {
            hutong_model::DocumentKind::ALL.iter().position(|kind| *kind == document.kind())
        };
        identity.documents.sort_by_key(|(document, _)| rank(document));
        identity
    }

    fn state(&mut self, stated: &Demographics) {
        let known = &mut self.demographics;
        let take = |field: &mut Option<Box<str>>, value: &Option<Box<str>>| {
            if value.is_some() {
                field.clone_from(value);
            }
        };
        take(&mut known.name, &stated.name);
        take(&mut known.phone, &stated.phone);
        take(&mut known.address, &stated.address);
        take(&mut known.nationality, &stated.nationality);
        known.sex = stated.sex.or(known.sex);
        known.birth_date = stated.birth_date.or(known.birth_date);
        known.residence = stated.residence.or(known.residence);
        known.died = stated.died.or(known.died);
    }

    /// The birth date: as stated, else as the strongest document says.
    pub fn birth_date(&self) -> Option<hutong_model::Date> {
        self.demographics
            .birth_date
            .or_else(|| self.documents.iter().find_map(|(document, _)| document.birth_date()))
    }

    /// The strongest document that means something to people.
    pub fn main_document(&self) -> Option<&Document> {
        self.documents.iter().map(|(document, _)| document).find(|document| !document.is_local())
    }
}

/// A name to compare: its letters alone, without case.
pub(crate) fn plain_name(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Node {
    /// Everything known here of a person and those linked with them.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn local_entries(
        &self,
        person: PersonId,
    ) -> Result<(Vec<PersonId>, Vec<Stored>), NodeError> {
        let cluster = self.store.cluster(person).await?;
        let entries = self.store.entries_of(&cluster).await?;
        Ok((cluster, entries))
    }

    /// Who a person is.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn identity(&self, person: PersonId) -> Result<Identity, NodeError> {
        let (_, entries) = self.local_entries(person).await?;
        Ok(Identity::from_entries(&entries))
    }

    /// How to ask the node above for a person.
    pub(crate) fn whom(cluster: &[PersonId], identity: &Identity) -> Whom {
        let documents = identity
            .documents
            .iter()
            .map(|(document, _)| document)
            .filter(|d| !d.is_local() || d.scope().starts_with("urn:hutong:node:"))
            .cloned()
            .collect();
        Whom { aliases: cluster.to_vec(), documents, born: identity.birth_date() }
    }

    /// The persons here that another node's question is about.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub(crate) async fn persons_named(
        &self,
        region: RegionCode,
        whom: &Whom,
    ) -> Result<Vec<PersonId>, NodeError> {
        let mut documents: Vec<Document> =
            whom.aliases.iter().map(|person| alias(region, *person)).collect();
        documents.extend(whom.documents.iter().cloned());
        let found = self.store.persons_by_documents(&documents).await?;
        let mut persons: Vec<PersonId> = Vec::new();
        // A node's own ids come back to it inside aliases of its own region.
        let own = format!("urn:hutong:node:{}:person", self.settings.region);
        for document in whom.documents.iter().filter(|document| document.scope() == own) {
            persons.extend(PersonId::parse(document.number()).ok());
        }
        for (document, person) in documents.iter().zip(found) {
            let Some(person) = person else { continue };
            let cluster = self.store.cluster(person).await?;
            let known = cluster.iter().any(|linked| persons.contains(linked));
            // A document that leads to somebody born on another day is mistyped or shared.
            if !known && !document.is_sure() && self.is_stranger(person, whom.born).await? {
                continue;
            }
            for linked in cluster {
                if !persons.contains(&linked) {
                    persons.push(linked);
                }
            }
        }
        Ok(persons)
    }

    /// Whether a person is known to be born on another day.
    async fn is_stranger(
        &self,
        person: PersonId,
        born: Option<hutong_model::Date>,
    ) -> Result<bool, NodeError> {
        let Some(born) = born else { return Ok(false) };
        Ok(self.identity(person).await?.birth_date().is_some_and(|other| other != born))
    }

    /// The person that a document leads to, made new where nobody has it.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be written.
    pub async fn person_for(&self, documents: Vec<Document>) -> Result<PersonId, NodeError> {
        if let Some(person) =
            self.store.persons_by_documents(&documents).await?.into_iter().flatten().next()
        {
            return Ok(person);
        }
        let row = AdmitRow {
            member: self.member_id(),
            region: self.settings.region,
            admitted: self.now(),
            person: None,
            documents,
            facts: Vec::new(),
            from_node: false,
        };
        Ok(self.admit_own(row).await?.person)
    }

    /// The member that this node is.
    pub fn member_id(&self) -> MemberId {
        MemberId::of_node(self.settings.region)
    }

    /// Admits one row of the node's own.
    pub(crate) async fn admit_own(
        &self,
        row: AdmitRow,
    ) -> Result<hutong_store::RowOutcome, NodeError> {
        let batch = AdmitBatch { rows: vec![row], inbox: None, all_or_none: false };
        let outcome = self.store.admit(batch).await?.into_iter().next();
        self.outbox_wake.notify_one();
        match outcome {
            Some(outcome)
                if matches!(outcome.kind, OutcomeKind::Admitted | OutcomeKind::Duplicate) =>
            {
                Ok(outcome)
            }
            Some(outcome) => Err(NodeError::Conflict(match outcome.kind {
                OutcomeKind::IdentityClash => {
                    "the documents belong to two persons with different lifelong numbers".into()
                }
                OutcomeKind::TargetUnknown => "what it refers to is not here".into(),
                _ => "an entry with this id is here already, with other content".into(),
            })),
            None => Err(NodeError::Setup("the store gave no outcome".into())),
        }
    }

    /// A row about a known person, with one fact of `member`.
    pub(crate) fn row_about(
        &self,
        person: PersonId,
        member: &Member,
        fact: Fact,
        source: Source,
    ) -> AdmitRow {
        let times = Times { admitted: self.now(), ..Times::default() };
        AdmitRow {
            member: member.id.clone(),
            region: member.region,
            admitted: times.admitted,
            person: Some(person),
            documents: Vec::new(),
            facts: vec![NewFact {
                id: EntryId::from_bytes(self.entropy.bytes16()),
                own_id: None,
                source,
                times,
                replaces: None,
                fact,
            }],
            from_node: false,
        }
    }

    /// Links another document to a person: "these two numbers are one person's".
    ///
    /// # Errors
    /// [`NodeError::Conflict`] where the document is another's and both have lifelong numbers.
    pub async fn link_document(
        &self,
        member: &Member,
        person: PersonId,
        document: Document,
    ) -> Result<EntryId, NodeError> {
        let mut row = self.row_about(
            person,
            member,
            Fact::DocumentLinked(document.clone()),
            Source::FirstHand,
        );
        row.documents = vec![document];
        Ok(self.admit_own(row).await?.entry)
    }

    /// Takes a document away from a person again; records stay where they are.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where the person has no such document.
    pub async fn unlink_document(
        &self,
        member: &Member,
        person: PersonId,
        document: Document,
    ) -> Result<EntryId, NodeError> {
        let identity = self.identity(person).await?;
        if !identity.documents.iter().any(|(known, _)| *known == document) {
            return Err(NodeError::NotFound("the person has no such document"));
        }
        let row =
            self.row_about(person, member, Fact::DocumentUnlinked(document), Source::FirstHand);
        Ok(self.admit_own(row).await?.entry)
    }

    /// Links two persons that are one human being, or undoes the link; nothing is copied.
    ///
    /// # Errors
    /// [`NodeError`] where one is unknown or the store cannot be written.
    pub async fn link_persons(
        &self,
        member: &Member,
        person: PersonId,
        other: PersonId,
        reason: &str,
        linked: bool,
    ) -> Result<EntryId, NodeError> {
        if person == other {
            return Err(NodeError::Conflict("a person cannot be linked with themselves".into()));
        }
        let fact = if linked {
            Fact::PersonsLinked(other, reason.into())
        } else {
            Fact::PersonsUnlinked(other, reason.into())
        };
        Ok(self.admit_own(self.row_about(person, member, fact, Source::FirstHand)).await?.entry)
    }
}
