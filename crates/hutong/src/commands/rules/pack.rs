//! `hutong rules test`, `diff`, `list`: rule packs, by which levels are decided.

use crate::{
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use hutong_rules::{Difference, Pack, differences};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Longest value of a difference that is shown to people.
const SHOWN_MAX: usize = 400;

#[derive(Debug, Args)]
pub(super) struct Test {
    /// Rule packs: JSON files
    #[arg(required = true, value_name = "PACK")]
    packs: Vec<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The pack as it is; `-` for the one that comes with this release
    before: PathBuf,
    /// The pack as it would be
    after: PathBuf,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

impl Test {
    /// Tries each pack's own examples; a pack that cannot be read, or does not keep them, is wrong.
    pub(super) fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let mut sound = true;
        for path in &self.packs {
            let pack = read(path)?;
            let tried = pack.try_examples().map_err(|e| wrong(path, &e.to_string()))?;
            for example in &tried {
                sound &= example.differs.is_none();
                if self.json {
                    let (name, differs) = (&example.name, &example.differs);
                    let line = json!({"pack": pack.id(), "version": pack.version(),
                        "example": name, "holds": differs.is_none(), "differs": differs});
                    show::json(&line)?;
                } else if let Some(differs) = &example.differs {
                    let fails = lang.pick("不符", "FAILS");
                    show::line(format!("{fails}  {}: {differs}", example.name));
                } else {
                    show::line(format!("{}  {}", lang.pick("相符", "holds"), example.name));
                }
            }
            if tried.is_empty() {
                sound = false;
                show::line(lang.pick(
                    format!("{}：没有示例，不能发布", path.display()),
                    format!("{}: no examples; it cannot be published", path.display()),
                ));
            }
        }
        Ok(if sound { Exit::Ok } else { Exit::Wrong })
    }
}

impl Diff {
    /// Shows what differs; like `diff`, ends with 1 where something does.
    pub(super) fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let before = if self.before == Path::new("-") { None } else { Some(read(&self.before)?) };
        let after = read(&self.after)?;
        let found = differences(before.as_ref().unwrap_or_else(|| Pack::baseline()), &after);
        for difference in &found {
            if self.json {
                show::json(difference)?;
            } else {
                show::line(readable(difference, lang));
            }
        }
        if found.is_empty() && !self.json {
            show::line(lang.pick("没有差别", "no difference"));
        }
        Ok(if found.is_empty() { Exit::Ok } else { Exit::Wrong })
    }
}

fn readable(difference: &Difference, lang: Lang) -> String {
    let shown = |value: &Option<serde_json::Value>| {
        let Some(value) = value else { return lang.pick("（无）", "(none)").to_owned() };
        let text = value.to_string();
        match text.char_indices().nth(SHOWN_MAX) {
            Some((cut, _)) => format!("{}…", &text[..cut]),
            None => text,
        }
    };
    format!(
        "{}\n  - {}\n  + {}",
        difference.at,
        shown(&difference.before),
        shown(&difference.after)
    )
}

fn read(path: &Path) -> Result<Pack, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| wrong(path, &error.to_string()))?;
    Pack::from_json(&text).map_err(|error| wrong(path, &error.to_string()))
}

fn wrong(path: &Path, what: &str) -> Failure {
    Failure::wrong(format!("{}: {what}", path.display()), "docs/rules.md tells what a pack is")
}
