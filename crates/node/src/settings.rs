//! Who and where a node is: the part of its configuration that the use cases need.

use hutong_model::RegionCode;
use serde::Deserialize;

/// Settings of a node.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeSettings {
    /// The region it serves; `000000` for the root.
    pub region: RegionCode,
    /// Its name, as shown to people.
    pub name: String,
    /// Where it is reached (`https://…`), without a slash at the end. Also the audience of client
    /// assertions, with `/oauth/token` behind it.
    pub public_url: String,
    /// The country whose certificates it issues (ISO 3166-1 alpha-2).
    #[serde(default = "china")]
    pub country: String,
    /// A font with Chinese and Latin characters for printed vouchers; looked for in the usual
    /// places where absent.
    #[serde(default)]
    pub font_file: Option<String>,
    /// The node above; none for the root.
    #[serde(default)]
    pub parent: Option<ParentSettings>,
    /// Whether the demonstration identity provider is on, which prints one-time codes on the
    /// server. Never in service.
    #[serde(default)]
    pub demonstration_identity: bool,
    /// Different persons that one operator of a member may read in a day.
    #[serde(default = "persons_per_operator_day")]
    pub persons_per_operator_day: u32,
    /// Region codes whose people this node serves because they have no node of their own.
    #[serde(default)]
    pub also_serves: Vec<RegionCode>,
}

fn persons_per_operator_day() -> u32 {
    hutong_model::limits::PERSONS_PER_OPERATOR_DAY
}

fn china() -> String {
    "CN".into()
}

/// The node above.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParentSettings {
    /// Where it is reached.
    pub url: String,
    /// The root's trust-list key: base64url of its COSE_Key. What the trust list must be signed by.
    pub trust_anchor: String,
    /// PEM file of certificates that the parent's TLS certificate must chain to; the system's
    /// own where absent.
    #[serde(default)]
    pub ca_file: Option<String>,
}
