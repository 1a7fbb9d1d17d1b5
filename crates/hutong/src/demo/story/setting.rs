//! Who and what the story is about: the population, the members, the people who are followed.

use crate::{
    client::Server,
    clock::SystemClock,
    commands::{demo::Demo, simulate},
    config::Config as NodeConfig,
    demo::{
        people::{self, Member, New},
        teller::Teller,
        tree::{EAST, ROOT, SERVED, SOUTH, Tree},
    },
    failure::Failure,
};
use hutong_model::{Clock, Document, DocumentKind, MemberKind, Purpose, RegionCode};
use hutong_population::{Config, Person, Reporter, ReporterKind, persons};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// What the story needs.
pub struct Setting {
    /// The reporting members, by the name of their file.
    pub reporters: BTreeMap<String, Member>,
    /// Folder of the files.
    pub files: PathBuf,
    /// A person with doses from both regions.
    pub traveller: Someone,
    /// A person of the east.
    pub local: Someone,
    /// A person of the region without a node.
    pub served: Someone,
    /// A verifier in the east.
    pub verifier: Member,
    /// A verifier in the south.
    pub verifier_south: Member,
    /// A clinic in the south that treats the traveller.
    pub doctor: Member,
    /// The south's own app, a code system that serves its residents.
    pub app: Member,
}

/// A person who is followed.
pub struct Someone {
    /// Everything about them.
    pub person: Person,
    /// Their resident ID.
    pub document: Document,
}

impl Setting {
    /// Makes the population and admits the members.
    ///
    /// # Errors
    /// [`Failure`] where files cannot be written or a node refuses.
    pub async fn make(demo: &Demo, tree: &Tree, teller: &Teller) -> Result<Self, Failure> {
        teller.chapter("合成人群与接入成员", "A population, and members");
        let config = population(demo)?;
        let files = tree.folder.join("population");
        let totals = simulate::write(&config, &files)?;
        let (persons, doses, tests) = (totals.persons, totals.doses, totals.tests);
        let planted: u64 = totals.mistakes.values().sum();
        teller.say(
            format!("{persons} 人（虚构），{doses} 剂次，{tests} 份检测；故意写错 {planted} 行"),
            format!(
                "{persons} persons who do not exist, {doses} doses, {tests} tests; \
                 {planted} lines wrong on purpose"
            ),
        );
        let [traveller, local, served] = followed(&config)?;
        let keys = tree.folder.join("members");
        hutong_node::keys::make_folder(&keys)?;
        let mut reporters = BTreeMap::new();
        for reporter in totals.by_reporter.keys() {
            reporters.insert(file_name(reporter), admit_reporter(tree, &keys, reporter).await?);
        }
        let doctor = reporters.get(&format!("{SOUTH}.clinic-1.ndjson")).cloned();
        let doctor = doctor.ok_or_else(too_few)?;
        let (east, south) = (Place::of(&tree.east), Place::of(&tree.south));
        let verifier = east.verifier(&keys, "330000.gate-1", "杭州东站").await?;
        let verifier_south = south.verifier(&keys, "440000.gate-1", "广州南站").await?;
        let app = New {
            id: "440000.app",
            kind: MemberKind::CodeSystem,
            name: "广东健康应用",
            region: None,
            purpose: Purpose::PatientRequest,
        };
        let app = people::admit(south.config, south.server, &keys, app).await?;
        let count = reporters.len() + 3;
        teller.say(
            format!("接入 {count} 个成员，各持自己的密钥"),
            format!("{count} members are admitted, each with a key of its own"),
        );
        let doctor = Member { client: doctor.client.for_purpose(Purpose::Treatment), ..doctor };
        Ok(Self {
            reporters,
            files,
            traveller,
            local,
            served,
            verifier,
            verifier_south,
            doctor,
            app,
        })
    }

    /// A reporting member, by its name as the population knows it: `330000.clinic-1`.
    ///
    /// # Errors
    /// [`Failure`] where the population is too small to have it.
    pub fn reporter(&self, name: &str) -> Result<&Member, Failure> {
        self.reporters.get(&format!("{name}.ndjson")).ok_or_else(too_few)
    }
}

/// A node's configuration and address.
struct Place<'t> {
    config: &'t NodeConfig,
    server: &'t Server,
}

impl<'t> Place<'t> {
    fn of(node: &'t crate::demo::tree::Member) -> Self {
        Self { config: &node.config, server: &node.server }
    }

    async fn verifier(&self, keys: &Path, id: &str, name: &str) -> Result<Member, Failure> {
        let purpose = Purpose::Verification;
        let new = New { id, kind: MemberKind::Verifier, name, region: None, purpose };
        people::admit(self.config, self.server, keys, new).await
    }
}

fn population(demo: &Demo) -> Result<Config, Failure> {
    let regions: Result<Vec<RegionCode>, _> =
        [EAST, SOUTH, SERVED].into_iter().map(RegionCode::parse).collect();
    let regions = regions.map_err(|error| Failure::usage(error.to_string(), ""))?;
    let today = SystemClock.now().utc_date();
    let config = Config::new(demo.seed, demo.persons, today, regions);
    config.check().map_err(|error| Failure::usage(error.to_string(), ""))?;
    Ok(config)
}

fn too_few() -> Failure {
    Failure::usage("the population is too small for the story", "take at least --persons 1000")
}

/// The persons who are followed: they have a resident ID, and nothing about them is wrong.
fn followed(config: &Config) -> Result<[Someone; 3], Failure> {
    let mut found: [Option<Someone>; 3] = [None, None, None];
    for person in persons(config) {
        let document = person.subject.documents.first();
        let Some(document) = document.filter(|d| d.kind() == DocumentKind::ResidentId).cloned()
        else {
            continue;
        };
        let is_adult = document.birth_date().is_some_and(|born| born.civil().year() < 2000);
        if !is_adult || person.records.iter().any(|record| record.mistake.is_some()) {
            continue;
        }
        let doses_in = |region: &str| {
            person.records.iter().any(|record| {
                record.reporter.region.as_str() == region
                    && record.reporter.kind == ReporterKind::Clinic
                    && record.source == hutong_model::Source::FirstHand
            })
        };
        let only = |region: &str| {
            !person.records.is_empty()
                && person.records.iter().all(|r| r.reporter.region.as_str() == region)
        };
        let place = match () {
            () if doses_in(EAST) && doses_in(SOUTH) => 0,
            () if only(EAST) => 1,
            () if only(SERVED) => 2,
            () => continue,
        };
        if found[place].is_none() {
            found[place] = Some(Someone { person, document });
        }
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    match found {
        [Some(traveller), Some(local), Some(served)] => Ok([traveller, local, served]),
        _ => Err(too_few()),
    }
}

fn file_name(reporter: &Reporter) -> String {
    format!("{reporter}.ndjson")
}

/// Admits a reporter at the node of its region; those of the region without a node at the root.
async fn admit_reporter(tree: &Tree, keys: &Path, reporter: &Reporter) -> Result<Member, Failure> {
    let (node, id) = match reporter.region.as_str() {
        EAST => (&tree.east, reporter.to_string()),
        SOUTH => (&tree.south, reporter.to_string()),
        region => (&tree.root, format!("{ROOT}.{region}-{}", reporter.name())),
    };
    let kind = match reporter.kind {
        ReporterKind::Clinic => MemberKind::Clinic,
        ReporterKind::Lab => MemberKind::Lab,
    };
    let name = reporter.title();
    let region = Some(reporter.region);
    let new = New { id: &id, kind, name: &name, region, purpose: Purpose::Report };
    people::admit(&node.config, &node.server, keys, new).await
}
