//! FHIR R4 in and out (HL7 FHIR R4, 4.0.1). Bytes in, rows out; records in, bytes out.
//!
//! Nothing here reads files, clocks or networks. [`read`] turns resources, Bundles and NDJSON
//! lines into rows that are admitted, rejected with reasons, or not kept; [`write`](mod@write)
//! turns records into resources and Bundles; [`search`] reads query parameters strictly;
//! [`rejects`] makes the files that can be mended and sent again. [`urls`] names what FHIR has no
//! element for.

mod json;
pub mod read;
pub mod rejects;
pub mod search;
pub mod urls;
pub mod write;

pub use read::{
    BodyRead, BundleKind, BundleRead, EntryRequest, ForecastRequest, Locator, ReadContext, Row,
    RowResult, StatedDose, StatedState, read_body, read_bundle, read_forecast, read_line,
    read_resource,
};
pub use write::{ShownRecord, Voucher};
