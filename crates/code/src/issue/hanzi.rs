//! Chinese names in the spelling of Chinese passports: pinyin without tones, `YU` for ü, the
//! characters of one part together.
//!
//! Readings are those of the crate `pinyin`, save where a family name is read otherwise. Some
//! family names have two readings that are both in use (覃, 乐, 盖): the more frequent one is
//! taken. The person's passport decides, so callers who know its spelling state it.

use pinyin::ToPinyin;

/// Family names of two characters.
const COMPOUND: &[&str] = &[
    "欧阳", "上官", "司马", "司徒", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙",
    "宇文", "鲜于", "端木", "轩辕", "东方", "西门", "南宫", "独孤", "呼延", "闻人", "钟离", "百里",
    "东郭", "司空", "澹台", "公冶", "宗政", "濮阳", "淳于", "单于", "太叔", "申屠", "仲孙", "万俟",
    "赫连", "完颜", "纳兰", "第五", "司寇", "梁丘", "左丘", "拓跋", "亓官", "漆雕", "乐正", "谷梁",
    "公羊", "歐陽", "司馬", "諸葛", "東方", "長孫", "鍾離",
];

/// Family names whose reading as a name is not the usual one of the characters.
const FAMILY: &[(&str, &str)] = &[
    ("万俟", "MOQI"),
    ("尉迟", "YUCHI"),
    ("澹台", "TANTAI"),
    ("单于", "CHANYU"),
    ("乐正", "YUEZHENG"),
    ("亓官", "QIGUAN"),
    ("长孙", "ZHANGSUN"),
    ("長孫", "ZHANGSUN"),
    ("单", "SHAN"),
    ("單", "SHAN"),
    ("解", "XIE"),
    ("曾", "ZENG"),
    ("仇", "QIU"),
    ("区", "OU"),
    ("區", "OU"),
    ("查", "ZHA"),
    ("朴", "PIAO"),
    ("盖", "GE"),
    ("缪", "MIAO"),
    ("翟", "ZHAI"),
    ("乐", "YUE"),
    ("樂", "YUE"),
    ("员", "YUN"),
    ("秘", "BI"),
    ("折", "SHE"),
    ("种", "CHONG"),
    ("召", "SHAO"),
    ("祭", "ZHAI"),
    ("覃", "QIN"),
    ("佴", "NAI"),
    ("句", "GOU"),
    ("繁", "PO"),
    ("阚", "KAN"),
    ("郇", "XUN"),
    ("隗", "WEI"),
    ("薄", "BO"),
    ("卜", "BU"),
    ("乜", "NIE"),
    ("么", "YAO"),
    ("藏", "ZANG"),
    ("洗", "XIAN"),
];

/// Characters that are read otherwise in given names than by themselves.
const GIVEN: &[(char, &str)] =
    &[('长', "CHANG"), ('長', "CHANG"), ('都', "DU"), ('薄', "BO"), ('卜', "BU")];

/// Splits a Chinese name into family and given name; None where it is none.
pub(super) fn split(name: &str) -> Option<(&str, &str)> {
    let name = name.trim();
    if !is_chinese(name) {
        return None;
    }
    let characters = name.chars().count();
    let compound = COMPOUND.iter().find(|family| name.starts_with(**family));
    let length = match compound {
        // Two characters are a family name and a given name, whatever they are.
        Some(family) if characters > 2 => family.len(),
        _ => name.chars().next().map_or(0, char::len_utf8),
    };
    name.split_at_checked(length)
}

/// A family name in Latin letters; None where it is no Chinese one.
pub(super) fn family(name: &str) -> Option<Box<str>> {
    let known = FAMILY.iter().find(|(family, _)| *family == name);
    match known {
        Some((_, reading)) => Some((*reading).into()),
        None => read(name, &[]),
    }
}

/// A given name in Latin letters; None where it is no Chinese one.
pub(super) fn given(name: &str) -> Option<Box<str>> {
    read(name, GIVEN)
}

fn is_chinese(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|character| character.to_pinyin().is_some())
}

fn read(name: &str, otherwise: &[(char, &str)]) -> Option<Box<str>> {
    let mut out = String::new();
    for character in name.chars() {
        match otherwise.iter().find(|(known, _)| *known == character) {
            Some((_, reading)) => out.push_str(reading),
            // The spelling of passports since 2012 (吕 is LYU).
            None => out.push_str(&character.to_pinyin()?.plain().replace('ü', "yu")),
        }
    }
    out.make_ascii_uppercase();
    let is_latin = !out.is_empty() && out.bytes().all(|byte| byte.is_ascii_uppercase());
    is_latin.then(|| out.into())
}
