//! Immunization programmes as data: which doses of a history count, and what is due when.
//!
//! An implementation of CDC's *Clinical Decision Support for Immunization: Logic Specification for
//! ACIP Recommendations*, version 4.6, driven by supporting data. Pure: no I/O, no clock, no
//! randomness; the data, the person and the day are arguments.
//!
//! ```no_run
//! # fn files() -> Vec<(String, &'static str)> { Vec::new() }
//! use hutong_programme::{Cvx, Day, Dose, Gender, Language, Patient, Programme};
//!
//! let programme = Programme::parse(files())?;
//! let day = |text| Day::parse(text).expect("a day");
//! let patient = Patient {
//!     birth: day("2025-01-10"),
//!     gender: Gender::Female,
//!     birth_country: None,
//!     doses: vec![Dose::new(day("2025-03-10"), Cvx(20))],
//!     observations: Vec::new(),
//! };
//! let assessment = programme.assess(&patient, day("2025-06-01"));
//! for forecast in &assessment.groups {
//!     let name = programme.group_name(forecast.group);
//!     println!("{name}: {}", forecast.sentence(Language::English));
//! }
//! # Ok::<(), hutong_programme::LoadError>(())
//! ```
//!
//! | chapter of the specification | here |
//! |---|---|
//! | 3.3, 3.4 selecting supporting data, dates | [`supporting`], [`Day`], [`Span`] |
//! | 4 processing model, 5 relevant series | [`Programme::assess`] |
//! | 6 evaluation | [`Evaluation`], [`EvaluationReason`] |
//! | 7 forecast | [`Forecast`], [`ForecastReason`] |
//! | 8 best patient series | [`Standing`] |
//! | 9 vaccine groups | [`GroupForecast`] |
//!
//! Supporting data come from CDC's files ([`xml`]), WHO's workbooks ([`workbook`]) and editions in
//! TOML ([`edition`]): China's programme, built in, and what regions add to it.

mod assessment;
pub mod cases;
mod check;
mod china;
mod codes;
mod date;
mod differences;
pub mod edition;
mod engine;
mod error;
mod guidance;
mod patient;
mod programme;
mod reason;
pub mod supporting;
pub mod workbook;
pub mod xml;

pub use assessment::{
    Assessment, Dates, Evaluation, EvaluationStatus, Forecast, GroupForecast, Note, PatientSeries,
    SeriesStatus, Standing,
};
pub use codes::{CodeSet, Cvx, Mvx, ObservationCode};
pub use date::{Civil, Day, Span};
pub use differences::{Difference, differences};
pub use edition::{Edition, Editions, Mark, Pack, Unverified};
pub use engine::{MOST_DOSES, MOST_OBSERVATIONS};
pub use error::LoadError;
pub use guidance::Guidance;
pub use patient::{Dose, Gender, Observation, Patient};
pub use programme::Programme;
pub use reason::{EvaluationReason, ForecastReason, Language, Reasons};
pub use supporting::{SeriesType, SupportingData};
