//! China's National Immunization Programme for children, as files (see [`crate::Editions`]).

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../data/china/", $name)))),*]
    };
}

/// Names and texts.
pub(crate) const FILES: [(&str, &str); 13] = *files![
    "common.toml",
    "2021/edition.toml",
    "2021/hepb.toml",
    "2021/bcg.toml",
    "2021/polio.toml",
    "2021/dtp.toml",
    "2021/mmr.toml",
    "2021/je.toml",
    "2021/menps.toml",
    "2021/hepa.toml",
    "2025.toml",
    "2025-hpv.toml",
    "2026.toml",
];
