//! What a region files with the root: at any node, passed up to the root, which publishes it. A
//! filing is in force when it has come down again, never before.

use super::{areas::NewListing, programmes::NewProgrammePack, variations::NewVariation};
use crate::{Node, NodeError};
use hutong_model::{Issue, IssueCode, Member, RegionCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is filed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "filing")]
pub enum Filing {
    /// How an area is listed.
    Area(NewListing),
    /// Other values for a rule pack.
    Variation(NewVariation),
    /// What a region adds to the immunization programme.
    ProgrammePack(NewProgrammePack),
}

/// A filing on its way up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassedFiling {
    /// Who filed it.
    pub by: Box<str>,
    /// What.
    pub filing: Filing,
}

/// What became of a filing that was passed up.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilingAnswer {
    /// As the root published it.
    Published(Value),
    /// The root refused it.
    Refused {
        /// The field that is wrong.
        field: String,
        /// Why.
        reason: String,
    },
}

impl Filing {
    /// The region that it is about.
    pub const fn region(&self) -> RegionCode {
        match self {
            Self::Area(new) => new.area,
            Self::Variation(new) => new.region,
            Self::ProgrammePack(new) => new.region,
        }
    }
}

impl Node {
    /// Files something for a member's own region; what was published comes back.
    ///
    /// # Errors
    /// [`NodeError::Forbidden`] where it is about a region that is not the member's;
    /// [`NodeError::Input`] where it cannot be published; [`NodeError::Parent`] where the root was
    /// not reached: nothing was filed.
    pub async fn file(&self, member: &Member, filing: Filing) -> Result<Value, NodeError> {
        if !member.region.contains(&filing.region()) {
            return Err(NodeError::Forbidden("that is about a region that is not yours"));
        }
        self.pass_or_publish(PassedFiling { by: member.id.as_str().into(), filing }).await
    }

    /// Takes what a child passes up.
    ///
    /// # Errors
    /// As [`Node::file`], save that a refusal is an answer.
    pub async fn take_filing(
        &self,
        child: &Member,
        passed: PassedFiling,
    ) -> Result<FilingAnswer, NodeError> {
        if !child.region.contains(&passed.filing.region()) {
            return Err(NodeError::Forbidden("that is about a region that is not yours"));
        }
        match self.pass_or_publish(passed).await {
            Ok(published) => Ok(FilingAnswer::Published(published)),
            Err(NodeError::Input(issue)) => Ok(FilingAnswer::Refused {
                field: issue.field.to_string(),
                reason: issue.reason.to_string(),
            }),
            Err(error) => Err(error),
        }
    }

    async fn pass_or_publish(&self, passed: PassedFiling) -> Result<Value, NodeError> {
        if let Some(parent) = &self.parent {
            let answer = parent.post_json("/v1/node/filings", &passed, self.moment()).await?;
            return match answer {
                FilingAnswer::Published(published) => Ok(published),
                FilingAnswer::Refused { field, reason } => {
                    Err(NodeError::input(Issue::error(IssueCode::BusinessRule, field, reason, "")))
                }
            };
        }
        let published = match passed.filing {
            Filing::Area(new) => serde_json::to_value(self.list_area(new, &passed.by).await?),
            Filing::Variation(new) => {
                serde_json::to_value(self.file_variation(new, &passed.by).await?)
            }
            Filing::ProgrammePack(new) => {
                serde_json::to_value(self.file_programme_pack(new, &passed.by).await?)
            }
        };
        published.map_err(super::setup)
    }
}
