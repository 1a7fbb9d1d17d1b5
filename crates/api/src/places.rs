//! Places whose codes people scan.

pub(crate) mod code;
pub(crate) mod list;
pub(crate) mod register;

use serde::Serialize;
use utoipa::ToSchema;

/// A place, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = Place)]
#[serde(rename_all = "camelCase")]
pub struct PlaceSchema {
    /// Its id.
    #[schema(example = "0f8a7c1e5b9d4e3f8a7b6c5d4e3f2a1b")]
    id: String,
    /// What it is called.
    #[schema(example = "文三路菜市场")]
    name: String,
    /// The division or grid that it lies in.
    #[schema(example = "330106001005")]
    division: String,
    /// `shop`, `restaurant`, `workplace`, `school`, `medical`, `transport`, `lodging`, `public`,
    /// `residential`, `other`.
    #[schema(example = "shop")]
    kind: String,
    /// The member that registered it.
    member: String,
    /// When.
    registered_at: String,
}

/// The code of a place, to print.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaceCodeJson {
    /// The text of the QR symbol, signed by the node: it begins with `HTP1:`.
    pub(crate) text: String,
    /// The symbol as an SVG image, with its quiet zone.
    pub(crate) svg: String,
    /// Until when it is scanned; print it anew before.
    pub(crate) expires_at: String,
}
