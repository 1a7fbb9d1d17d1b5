//! The language in which people are spoken to.

use clap::ValueEnum;

/// A language of the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Simplified Chinese.
    #[value(name = "zh-CN", alias = "zh")]
    Zh,
    /// English.
    #[value(name = "en")]
    En,
}

impl Lang {
    /// The language asked for, else the one of the environment (`LC_ALL`, `LC_MESSAGES`, `LANG`),
    /// else English.
    pub fn choose(asked: Option<Lang>) -> Lang {
        asked.unwrap_or_else(|| {
            let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
                .into_iter()
                .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
            match set {
                Some(value) if value.starts_with("zh") => Lang::Zh,
                _ => Lang::En,
            }
        })
    }

    /// One of two texts.
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}
