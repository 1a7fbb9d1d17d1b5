//! Whether a certificate is this person's: birth date and name, as far as both are known.

use crate::identity::{Identity, plain_name};
use hutong_code::{
    foreign::{Name, PersonShown},
    issue::LatinName,
};

/// Why it may be somebody else's; none where birth date and name agree.
pub(super) fn doubt(who: &Identity, stated: Option<&PersonShown>) -> Option<&'static str> {
    let Some(stated) = stated else { return Some("person-unknown") };
    let (Some(born), Some(birth_date)) = (who.birth_date(), stated.birth_date.as_deref()) else {
        return Some("person-unknown");
    };
    // A year or a month alone says too little to tell people apart.
    if birth_date.len() < 10 && born.to_string().starts_with(birth_date) {
        return Some("person-unknown");
    }
    if born.to_string() != birth_date {
        return Some("birth-date-differs");
    }
    let Some(known) = who.demographics.name.as_deref() else { return Some("person-unknown") };
    let known = in_both_scripts(known);
    let name = &stated.name;
    let parts = |family: &Option<Box<str>>, given: &Option<Box<str>>| {
        let (family, given) = (family.as_deref(), given.as_deref());
        let (family, given) = (family.unwrap_or_default(), given.unwrap_or_default());
        [plain_name(&format!("{family}{given}")), plain_name(&format!("{given}{family}"))]
    };
    let mut written = vec![plain_name(name.text.as_deref().unwrap_or_default())];
    written.extend(parts(&name.family, &name.given));
    written.extend(parts(&name.family_latin, &name.given_latin));
    let same = written.iter().any(|text| !text.is_empty() && known.contains(text));
    (!same).then_some("name-differs")
}

/// A name as it is written, and in Latin letters as certificates have it.
fn in_both_scripts(name: &str) -> Vec<String> {
    let mut known = vec![plain_name(name)];
    let text = Name { text: Some(name.into()), ..Name::default() };
    if let Ok(latin) = LatinName::of(&text) {
        let part = |part: Option<Box<str>>| part.unwrap_or_default();
        let (family, given) = (part(latin.family_latin), part(latin.given_latin));
        known.extend([
            plain_name(&format!("{family}{given}")),
            plain_name(&format!("{given}{family}")),
        ]);
    }
    known
}
