//! The check before a child enters a nursery or a school: whether all doses were given that are
//! recommended by the day (Vaccine Administration Law, article 48; 儿童入托、入学预防接种证查验办法,
//! 2021). The school learns what is missing, not what was given when and where.

use super::{DueGroup, DueState, DueWish, NamedVaccine};
use crate::{
    Node, NodeError,
    history::{History, Reader},
    identity::plain_name,
    watch::Operator,
};
use hutong_model::{Date, Document, RegionCode};
use hutong_rules::Text;
use serde::Serialize;

/// What is read, as it stands among the accesses to a person's records.
const ENTRY_CHECK: &str = "entry-check";
/// Days after the beginning of a term, or a transfer, within which children are checked.
const CHECK_DAYS: i32 = 30;

/// Until when a class is checked, and checked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryDays {
    /// The day for which the doses count.
    pub on: Date,
    /// By when all children were checked: thirty days from the beginning of the term.
    pub check_by: Date,
    /// By when those with missing doses are checked again: the end of that year's December.
    pub recheck_by: Date,
}

impl EntryDays {
    /// The days of a term that begins, or of a transfer, on a day.
    pub fn new(on: Date, term: Date) -> Self {
        let (year, _, _) = term.year_month_day();
        let december = i16::try_from(year).ok().and_then(|year| Date::new(year, 12, 31).ok());
        Self { on, check_by: term.plus_days(CHECK_DAYS), recheck_by: december.unwrap_or(term) }
    }
}

/// A child of a class.
#[derive(Debug, Clone)]
pub struct EntryChild {
    /// The name as the class list has it. Nothing is said about a child of another name.
    pub name: Box<str>,
    /// A document.
    pub document: Document,
}

/// What is said about a child. Nothing about a dose that counts.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum EntryResult {
    /// Every dose that is recommended by the day was given, or is not for this child.
    Complete(EntryBasis),
    /// Doses are missing.
    Missing {
        /// By what it was assessed.
        #[serde(flatten)]
        basis: EntryBasis,
        /// What is missing; the most urgent first.
        missing: Vec<MissingDose>,
        /// Where it is made up for.
        #[serde(rename = "where")]
        place: Text,
    },
    /// It cannot be said.
    CannotAssess {
        /// Why.
        reason: EntryObstacle,
        /// Why, and what to do.
        text: Text,
    },
}

/// By what a child was assessed.
#[derive(Debug, Clone, Serialize)]
pub struct EntryBasis {
    /// The region whose programme counts: where the child lives, else this node's.
    pub region: RegionCode,
    /// The edition, with what the region adds.
    pub edition: Box<str>,
}

/// A dose that is missing.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingDose {
    /// The vaccine group, as the programme names it.
    pub group: Box<str>,
    /// Ids of the doses.
    pub doses: Vec<Box<str>>,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u16>,
    /// The day on which it was recommended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recommended: Option<Date>,
    /// Whether the last day for it has passed as well.
    pub overdue: bool,
    /// Vaccines recommended for it.
    pub vaccines: Vec<NamedVaccine>,
    /// All of it in a sentence.
    pub sentence: Text,
}

/// Why a child cannot be assessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryObstacle {
    /// The row has no name, or no document that can be one.
    Row,
    /// Nobody of that name and document is known: which of the two is not said.
    NotKnown,
    /// No date of birth is known.
    NoBirthDate,
    /// No edition of the programme is for the day.
    NoEdition,
    /// Doses seem to be missing, and the records of other regions could not be reached.
    OutOfReach,
    /// Doses seem to be missing, and there are some whose day is not known.
    Undated,
}

impl EntryObstacle {
    /// As an answer, in words.
    pub fn told(self) -> EntryResult {
        let (zh, en) = match self {
            Self::Row => (
                "名册此行缺少姓名或有效证件号码：请更正后重新提交",
                "the row has no name or no valid document: correct it and send it again",
            ),
            Self::NotKnown => (
                "查无此姓名与证件：请核对名册；如无误，请家长携带预防接种证到接种单位补录",
                "nobody of this name and document is known: compare the list; if it is right, the parents \
                 take the vaccination certificate to a vaccination unit, which enters it",
            ),
            Self::NoBirthDate => (
                "出生日期不详：请到接种单位补录",
                "the date of birth is not known: a vaccination unit enters it",
            ),
            Self::NoEdition => (
                "该日期没有适用的免疫规划版本：请更改查验日期",
                "no edition of the programme is for that day: choose another",
            ),
            Self::OutOfReach => (
                "暂时无法取得其他地区的接种记录：请稍后重新查验",
                "records of other regions cannot be reached now: check again later",
            ),
            Self::Undated => (
                "有接种日期不详的记录：请家长携带预防接种证到接种单位核对",
                "there are doses whose day is not known: the parents take the vaccination certificate to a \
                 vaccination unit, which compares it",
            ),
        };
        EntryResult::CannotAssess { reason: self, text: Text { zh: zh.into(), en: en.into() } }
    }
}

impl Node {
    /// Checks a child for a school, from the records of all regions; read as a history, and
    /// recorded as one.
    ///
    /// # Errors
    /// [`NodeError::Quota`] where the operator has read as many persons as one may in a day;
    /// [`NodeError`] where the store cannot be read or the access not be recorded.
    pub async fn check_entry(
        &self,
        child: &EntryChild,
        who: &Operator,
        reader: Reader,
        on: Date,
    ) -> Result<EntryResult, NodeError> {
        let documents = std::slice::from_ref(&child.document);
        let known = self.store.persons_by_documents(documents).await?.into_iter().flatten().next();
        let person = match known {
            Some(person) => person,
            // Others may know the child: a node above is asked about a person of ours.
            None if self.parent.is_some() => self.person_for(documents.to_vec()).await?,
            None => {
                self.count_miss(who).await?;
                return Ok(EntryObstacle::NotKnown.told());
            }
        };
        self.count_read(who, person).await?;
        let history = self.history(person, Reader { what: ENTRY_CHECK, ..reader }).await?;
        if !is_of(&history, &child.name) {
            self.count_miss(who).await?;
            let unheard = history.complete || history.identity.demographics.name.is_some();
            let obstacle =
                if unheard { EntryObstacle::NotKnown } else { EntryObstacle::OutOfReach };
            return Ok(obstacle.told());
        }
        self.entry_of(&history, on)
    }

    fn entry_of(&self, history: &History, on: Date) -> Result<EntryResult, NodeError> {
        if history.identity.birth_date().is_none() {
            return Ok(EntryObstacle::NoBirthDate.told());
        }
        let due = match self.due_of(history, DueWish { on: Some(on), region: None }) {
            Ok(due) => due,
            Err(NodeError::Conflict(_)) => return Ok(EntryObstacle::NoEdition.told()),
            Err(error) => return Err(error),
        };
        let basis = EntryBasis { region: due.region, edition: due.edition };
        let missing: Vec<MissingDose> = due.due.into_iter().filter_map(missing).collect();
        if missing.is_empty() {
            return Ok(EntryResult::Complete(basis));
        }
        // What is said to be missing is said for certain.
        if !due.complete {
            return Ok(EntryObstacle::OutOfReach.told());
        }
        if due.undated {
            return Ok(EntryObstacle::Undated.told());
        }
        Ok(EntryResult::Missing { basis, missing, place: place() })
    }
}

/// Whether a name of a list is a person's. One of whom no name is known has none that could match.
fn is_of(history: &History, name: &str) -> bool {
    let known = history.identity.demographics.name.as_deref();
    known.is_some_and(|known| plain_name(known) == plain_name(name))
}

fn missing(group: DueGroup) -> Option<MissingDose> {
    let overdue = match group.state {
        DueState::Overdue => true,
        DueState::Due => false,
        _ => return None,
    };
    Some(MissingDose {
        group: group.group,
        doses: group.doses,
        number: group.number,
        recommended: group.recommended,
        overdue,
        vaccines: group.vaccines,
        sentence: group.sentence,
    })
}

fn place() -> Text {
    Text {
        zh: "请到居住地或托幼机构、学校所在地的接种单位补种".into(),
        en: "at a vaccination unit where the child lives or where the school is".into(),
    }
}
