//! Words in cells that stand for a code, by `data/words.json`.

use serde::Deserialize;
use std::{collections::HashMap, sync::OnceLock};

/// A group of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Group {
    Action,
    Source,
    Sex,
    DocumentType,
    RecordType,
    Result,
    Agent,
    Country,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    is: String,
    zh: String,
    en: String,
    #[serde(default)]
    also: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WordsData {
    #[expect(dead_code, reason = "the version is there for those who read the file")]
    version: String,
    words: HashMap<Group, Vec<Word>>,
}

/// The known words.
pub(crate) struct Words {
    data: WordsData,
    codes: HashMap<Group, HashMap<String, usize>>,
}

impl Words {
    /// The words that come with this release.
    pub(crate) fn get() -> &'static Words {
        static WORDS: OnceLock<Words> = OnceLock::new();
        WORDS.get_or_init(|| {
            // INVARIANT: the embedded file is read by the tests of every build.
            let data: WordsData =
                serde_json::from_str(include_str!("../data/words.json")).unwrap_or_default();
            let mut codes: HashMap<Group, HashMap<String, usize>> = HashMap::new();
            for (group, words) in &data.words {
                let codes = codes.entry(*group).or_default();
                for (place, word) in words.iter().enumerate() {
                    let own = [&word.is, &word.zh, &word.en];
                    for text in own.into_iter().chain(&word.also) {
                        codes.insert(plain(text), place);
                    }
                }
            }
            Words { data, codes }
        })
    }

    /// The code that a text stands for.
    pub(crate) fn code(&self, group: Group, text: &str) -> Option<&str> {
        let place = *self.codes.get(&group)?.get(&plain(text))?;
        Some(&self.data.words.get(&group)?.get(place)?.is)
    }

    /// The words of a group to choose from, in Chinese and English.
    pub(crate) fn choices(&self, group: Group) -> impl Iterator<Item = (&str, &str)> {
        let words = self.data.words.get(&group).map(Vec::as_slice).unwrap_or_default();
        words.iter().map(|word| (word.zh.as_str(), word.en.as_str()))
    }
}

/// A word as it is compared: half width, lower case, without blanks, hyphens and underscores
/// (unless it is nothing else, as `-` for negative).
fn plain(text: &str) -> String {
    let wide = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c => c,
    };
    let text = text.trim().trim_end_matches(".0");
    if text.chars().count() == 1 {
        return text.chars().map(wide).flat_map(char::to_lowercase).collect();
    }
    let signed = text.contains(['(', '（']);
    text.chars()
        .map(wide)
        .filter(|c| !(c.is_whitespace() || matches!(c, '_' | '\'') || (*c == '-' && !signed)))
        .flat_map(char::to_lowercase)
        .collect()
}
