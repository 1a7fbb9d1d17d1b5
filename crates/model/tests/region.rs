//! Divisions.

use hutong_model::RegionCode;
use proptest::prelude::*;

fn code(text: &str) -> RegionCode {
    RegionCode::parse(text).expect("a division code")
}

#[test]
fn provinces_have_names() {
    assert_eq!(RegionCode::province_level().count(), 35);
    let zhejiang = code("330000").name().expect("a name");
    assert_eq!((zhejiang.zh, zhejiang.en), ("浙江省", "Zhejiang"));
    assert_eq!(RegionCode::NATION.name().map(|name| name.zh), Some("中国"));
    assert_eq!(code("330106").name(), None);
    assert_eq!(code("330106").province_name(), Some(zhejiang));
    assert_eq!(code("330106001").province_name(), Some(zhejiang));
    assert_eq!(code("990000").name(), None);
}

#[test]
fn a_division_contains_what_lies_in_it() {
    assert!(RegionCode::NATION.contains(&code("330106")));
    assert!(code("330000").contains(&code("330106001")));
    assert!(code("330100").contains(&code("330106")));
    assert!(!code("330100").contains(&code("330206")));
    assert!(!code("330106").contains(&code("330000")));
}

proptest! {
    #[test]
    fn codes_come_back(text in "[0-9]{6}([0-9]{3}([0-9]{3})?)?") {
        let region = code(&text);
        prop_assert_eq!(region.as_str(), &text);
        prop_assert!(region.contains(&region));
        prop_assert!(region.province().contains(&region));
        let bytes = minicbor::to_vec(region).expect("encodes");
        prop_assert_eq!(minicbor::decode::<RegionCode>(&bytes).expect("decodes"), region);
    }

    #[test]
    fn other_texts_are_refused(text in "\\PC{0,14}") {
        let right = matches!(text.len(), 6 | 9 | 12) && text.bytes().all(|b| b.is_ascii_digit());
        prop_assert_eq!(RegionCode::parse(&text).is_ok(), right);
    }
}
