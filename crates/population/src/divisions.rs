//! Some real counties and city districts (GB/T 2260), as `data/divisions.csv` lists them.

use hutong_model::RegionCode;
use std::sync::OnceLock;

/// A county or city district.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Code of GB/T 2260.
    pub code: RegionCode,
    /// Name in Chinese.
    pub zh: &'static str,
    /// Name in Latin letters.
    pub en: &'static str,
}

/// The divisions that people come from.
pub fn divisions() -> &'static [Division] {
    static DIVISIONS: OnceLock<Vec<Division>> = OnceLock::new();
    DIVISIONS.get_or_init(|| {
        let lines = include_str!("../data/divisions.csv").lines().skip(1);
        lines
            .filter_map(|line| {
                let (code, names) = line.split_once(',')?;
                let (zh, en) = names.split_once(',')?;
                Some(Division { code: RegionCode::parse(code).ok()?, zh, en })
            })
            .collect()
    })
}

/// The short name of a province, as addresses begin with.
pub(crate) fn province_name(code: &RegionCode) -> &'static str {
    match code.as_str().get(..2) {
        Some("31") => "上海市",
        Some("33") => "浙江省",
        Some("41") => "河南省",
        Some("44") => "广东省",
        Some("51") => "四川省",
        Some("52") => "贵州省",
        _ => "",
    }
}
