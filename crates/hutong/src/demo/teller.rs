//! How the story is told: each line with what was done, what was checked, ✓ or ✗, and what it
//! proved.

use crate::{lang::Lang, show};
use std::time::Instant;

/// Tells the story and counts its checks.
pub struct Teller {
    lang: Lang,
    began: Instant,
    passed: usize,
    failed: Vec<String>,
}

impl Teller {
    /// Begins.
    pub fn new(lang: Lang) -> Self {
        Self { lang, began: Instant::now(), passed: 0, failed: Vec::new() }
    }

    /// The language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// A chapter of the story.
    pub fn chapter(&self, zh: &str, en: &str) {
        show::line(format!("\n━━ {}  [{:.1} s]", self.lang.pick(zh, en), self.seconds()));
    }

    /// What is done.
    pub fn say(&self, zh: impl AsRef<str>, en: impl AsRef<str>) {
        show::line(format!("   {}", self.lang.pick(zh.as_ref(), en.as_ref())));
    }

    /// What was checked, whether it holds, and what it proves. Gives the outcome back.
    pub fn check(&mut self, holds: bool, zh: impl AsRef<str>, en: impl AsRef<str>) -> bool {
        let text = self.lang.pick(zh.as_ref(), en.as_ref());
        show::line(format!(" {} {text}", if holds { "✓" } else { "✗" }));
        if holds {
            self.passed += 1;
        } else {
            self.failed.push(text.to_owned());
        }
        holds
    }

    /// Seconds since the beginning.
    pub fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// The end; whether every check held.
    pub fn end(&self) -> bool {
        let (passed, failed, seconds) = (self.passed, self.failed.len(), self.seconds());
        show::line(self.lang.pick(
            format!(
                "\n共 {} 项检查，{passed} 项通过，{failed} 项未通过，用时 {seconds:.1} 秒",
                passed + failed
            ),
            format!("\n{passed} of {} checks passed, in {seconds:.1} s", passed + failed),
        ));
        for text in &self.failed {
            show::line(format!(" ✗ {text}"));
        }
        self.failed.is_empty() && self.passed > 0
    }
}
