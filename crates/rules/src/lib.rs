//! Rule packs: evidence in; level, reasons and the next change out. Pure: no I/O, no clock.
//!
//! A [`Pack`] is versioned, published data. Its conditions are `CertLogic` ([`certlogic`]),
//! compiled
//! once. [`decide`] is the only way to a [`Decision`], and so to a level: a decision names its
//! event,
//! pack version, reasons with their evidence, issuer and expiry, and cannot be built without them.
//!
//! # The built-in pack, `baseline` version 2
//!
//! | rule | what | level | until | cleared by |
//! |---|---|---|---|---|
//! | `positive-na` | the person's own nucleic-acid result is positive | red | 7 days after collection | two negatives of single tubes, collected after it and at least 24 hours apart, with no positive or inconclusive result between |
//! | `case` | diagnosed, or infected without symptoms | red | 14 days after | recovery established after it |
//! | `suspected-case` | suspected case | yellow | 72 hours after | exclusion established after it, or recovery |
//! | `close-contact` | close contact, as an inquiry established it | red | `contact-days` (7) after the last contact | – |
//! | `secondary-contact` | contact of a close contact, or shared place and time | yellow | 72 hours after | one negative of a single tube, collected after it |
//! | `high-risk-area` | a stay in an area while it was listed as high | red | `area-days` (7) after leaving, or after the listing ended | – |
//! | `medium-risk-area` | the same, medium | yellow | `area-days` after | two negatives of single tubes, collected after leaving and at least 24 hours apart |
//! | `arrival-abroad` | an entry from abroad | yellow | `arrival-days` (8) after | – |
//! | `mixed-na` | a pooled tube is positive, or a result is inconclusive | yellow | 72 hours after collection | one negative of a single tube, collected after it |
//! | `positive-ag` | an antigen result is positive | yellow | 48 hours after collection | one negative nucleic-acid result of a single tube, collected after it |
//! | `symptoms` | fever of 37.3 °C or more, or symptoms, declared | yellow | 48 hours after | one negative nucleic-acid result, collected after it |
//! | `contact` | contact with a case, declared | yellow | 48 hours after | one negative nucleic-acid result, collected after it |
//!
//! A region may vary `contact-days` (3 to 14), `area-days` (3 to 14) and `arrival-days` (2 to 14),
//! and nothing else.
//!
//! Only results of the event's agent count. A result that is pending, invalid or only measured is
//! no reason. The level is the highest of the reasons in force; a negative result clears the
//! reasons
//! that it clears and no others. Without a reason the level is green, and the decision says which
//! records were looked at. Where a day is known and not the hour, what speaks against the person is
//! counted from the beginning of the day, and a negative clears it only from the next day on. A
//! record without a time of collection counts from when it was admitted and clears nothing. A
//! record dated in the future is not looked at until then.
//!
//! 内置规则包 `baseline` 第 2 版：本人核酸阳性为红色，自采样起 7 天，或其后两次间隔 24 小时以上的单管核酸阴性后解除；
//! 确诊及无症状感染者为红色，至治愈；密切接触者为红色，自最后接触起 7 天；到过高风险区为红色、中风险区为黄色，
//! 自离开起 7 天；密接的密接为黄色，至单管核酸阴性，最长 72 小时；入境人员为黄色，8 天；
//! 混管阳性或结果可疑为黄色，至本人单管核酸阴性，最长 72 小时；抗原阳性为黄色，至单管核酸阴性，最长 48 小时；
//! 申报发热、症状或接触史为黄色，至核酸阴性，最长 48 小时。各原因相互独立，等级取其最高；未出结果不作为原因。

pub mod acceptance;
mod areas;
mod badges;
pub mod certlogic;
mod decide;
mod decision;
mod diff;
mod duties;
mod error;
mod event;
mod evidence;
mod examples;
mod ordered;
mod pack;
mod variables;
mod view;

pub use areas::Areas;
pub use badges::{Badges, LastTest, badges};
pub use decide::decide;
pub use decision::{Decision, NoLevel, Reason};
pub use diff::{Difference, differences};
pub use duties::{CheckIns, Duty};
pub use error::RulesError;
pub use event::EventRef;
pub use evidence::{
    Appeal, Case, Contact, Declared, Dose, Evidence, EvidenceItem, Finding, Moment, Stayed, Tested,
};
pub use examples::Tried;
pub use ordered::MEASURE;
pub use pack::{Clock, Pack, Text};
pub use variables::{Variable, Variation};
