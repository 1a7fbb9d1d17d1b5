//! Names in Latin letters.

use hutong_code::foreign::Name;
use hutong_code::issue::latin::transliterate;
use hutong_code::issue::{IssueError, LatinName};

#[test]
fn doc_9303_part_3_section_6() {
    for (text, latin) in [
        ("d'Červenková Panklová", "DCERVENKOVA<PANKLOVA"),
        ("Jiřina-Maria Alena", "JIRINA<MARIA<ALENA"),
        ("Müller-Lüdenscheidt", "MUELLER<LUEDENSCHEIDT"),
        ("Åse Sørensen", "AASE<SOERENSEN"),
        ("Þórðardóttir", "THORDARDOTTIR"),
        ("Großmann", "GROSSMANN"),
        ("Nguyễn Thị Đào", "NGUYEN<THI<DAO"),
        ("İpek Işık", "IPEK<ISIK"),
        ("Łukasz Żółw", "LUKASZ<ZOLW"),
        ("O’Neil Jr.", "ONEIL<JR"),
        (" Smith  - Jones ", "SMITH<JONES"),
        ("OUYANG", "OUYANG"),
        ("A<<B<", "A<B"),
        // The same letters with their marks apart.
        ("Mu\u{308}ller", "MUELLER"),
    ] {
        assert_eq!(transliterate(text).as_deref(), Some(latin), "{text}");
    }
    for text in ["", " ", "-", "欧阳", "Иванов", "أحمد", "A1", "A·B", "🙂"] {
        assert_eq!(transliterate(text), None, "{text}");
    }
}

fn of(family: Option<&str>, given: Option<&str>, text: Option<&str>) -> Name {
    let owned = |text: Option<&str>| text.map(Into::into);
    Name { family: owned(family), given: owned(given), text: owned(text), ..Name::default() }
}

#[track_caller]
fn spelled(name: &Name, family: &str, given: &str) {
    let latin = LatinName::of(name).expect("Latin");
    let text = |part: &Option<Box<str>>| part.as_deref().unwrap_or_default().to_owned();
    assert_eq!(
        (text(&latin.family_latin), text(&latin.given_latin)),
        (family.into(), given.into())
    );
}

#[test]
fn chinese_names_as_in_passports() {
    spelled(&of(Some("欧阳"), Some("修远"), None), "OUYANG", "XIUYUAN");
    for (text, family, given) in [
        ("欧阳修远", "OUYANG", "XIUYUAN"),
        ("欧阳", "OU", "YANG"),
        ("司马光", "SIMA", "GUANG"),
        ("吕布", "LYU", "BU"),
        ("单田芳", "SHAN", "TIANFANG"),
        ("曾国藩", "ZENG", "GUOFAN"),
        ("解缙", "XIE", "JIN"),
        ("尉迟恭", "YUCHI", "GONG"),
        ("万俟卨", "MOQI", "XIE"),
        ("长孙无忌", "ZHANGSUN", "WUJI"),
        ("王女士", "WANG", "NYUSHI"),
        ("李长江", "LI", "CHANGJIANG"),
        ("朴槿惠", "PIAO", "JINHUI"),
        ("王", "WANG", ""),
    ] {
        spelled(&of(None, None, Some(text)), family, given);
    }
}

#[test]
fn what_is_stated_counts() {
    let mut name = of(Some("覃"), Some("小明"), None);
    name.family_latin = Some("Tan".into());
    spelled(&name, "TAN", "XIAOMING");
    // A name of one part, and one that nobody knows how to split.
    spelled(&of(Some("Mustermann"), None, None), "MUSTERMANN", "");
    spelled(&of(None, Some("Erika"), None), "", "ERIKA");
    spelled(&of(None, None, Some("Erika Mustermann")), "ERIKA<MUSTERMANN", "");
}

#[test]
fn what_is_not_known_is_refused() {
    let refused = |name: &Name| LatinName::of(name).expect_err("refused");
    assert_eq!(refused(&Name::default()), IssueError::Missing("nam"));
    assert_eq!(refused(&of(Some(" "), None, Some(""))), IssueError::Missing("nam"));
    let family = IssueError::NotStatable("fnt");
    assert_eq!(refused(&of(Some("Иванов"), Some("Ivan"), None)), family);
    assert_eq!(refused(&of(None, None, Some("阿卜杜拉·买买提"))), family);
    assert_eq!(refused(&of(Some("王"), Some("🙂"), None)), IssueError::NotStatable("gnt"));
    let mut name = of(Some("王"), Some("明"), None);
    name.family_latin = Some("王".into());
    assert_eq!(refused(&name), IssueError::Malformed("fnt"));
}
