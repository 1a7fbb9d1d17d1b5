//! Rules and value sets from files.

use crate::{failure::Failure, lang::Lang};
use hutong_model::limits::{RULE_DOCUMENT_BYTES_MAX, RULES_MAX};
use hutong_rules::{
    acceptance::{BusinessRule, RuleBook},
    certlogic::ValueSets,
};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// Reads a rule book, its value sets bound. Files that hold something else are left out, which is
/// said. A rule or a value set that is malformed is a failure: a rule that is missing would let
/// through what it refuses. One whose logic alone is malformed stays, and stays open.
pub(in crate::commands) fn book(
    rules: &[PathBuf],
    value_sets: &[PathBuf],
    lang: Lang,
) -> Result<RuleBook, Failure> {
    let mut sets = ValueSets::default();
    let of_sets = documents(value_sets, holds_value_sets, lang)?;
    for (path, document) in &of_sets {
        sets.add(document).map_err(|error| wrong(path, &error))?;
    }
    let of_rules = documents(rules, holds_rules, lang)?;
    if of_rules.is_empty() {
        let what = lang.pick("没有找到规则文件", "no business rules were found");
        return Err(Failure::setup(what, "name a folder of JSON files with --rules"));
    }
    let mut all = Vec::new();
    for (path, document) in &of_rules {
        all.extend(BusinessRule::read(document, &sets).map_err(|error| wrong(path, &error))?);
        if all.len() > RULES_MAX {
            return Err(Failure::wrong(format!("more than {RULES_MAX} business rules"), ""));
        }
    }
    for rule in &all {
        if let Some(problem) = rule.problem() {
            let what = lang.pick("该规则无法计算", "the rule stays open");
            eprintln!("{} {}: {what}: {problem}", rule.identifier(), rule.version());
        }
    }
    Ok(RuleBook::new(all, sets))
}

fn wrong(path: &Path, error: &hutong_rules::RulesError) -> Failure {
    Failure::wrong(format!("{}: {error}", path.display()), "correct the file, or leave it out")
}

/// The JSON files that hold what is wanted.
fn documents(
    paths: &[PathBuf],
    wanted: fn(&Json) -> bool,
    lang: Lang,
) -> Result<Vec<(PathBuf, Json)>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files).map_err(|error| Failure::file(path, &error))?;
    }
    let (mut found, mut left_out) = (Vec::new(), 0);
    for path in files {
        match serde_json::from_slice(&read(&path)?) {
            Ok(document) if wanted(&document) => found.push((path, document)),
            Ok(_) => left_out += 1,
            Err(error) => {
                let what = lang.pick("不是 JSON，未采用", "is no JSON and is left out");
                eprintln!("{}: {what} ({error})", path.display());
            }
        }
    }
    if left_out > 0 {
        let (zh, en) = ("个文件内容不符，未采用", "files hold something else and are left out");
        eprintln!("{left_out} {}", lang.pick(zh, en));
    }
    Ok(found)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let size = std::fs::metadata(path).map_err(|error| Failure::file(path, &error))?.len();
    if size > RULE_DOCUMENT_BYTES_MAX {
        let what = format!("{}: larger than {RULE_DOCUMENT_BYTES_MAX} bytes", path.display());
        return Err(Failure::wrong(what, "divide it into several files"));
    }
    std::fs::read(path).map_err(|error| Failure::file(path, &error))
}

/// The file itself, or the JSON files of a folder and its folders, sorted.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    entries.sort();
    for entry in entries {
        let is_json = entry.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
        // Links to folders are not followed, so that none leads back to where it is.
        if is_json || (entry.is_dir() && !entry.is_symlink()) {
            collect(&entry, files)?;
        }
    }
    Ok(())
}

/// A rule, or an array that begins with one.
fn holds_rules(document: &Json) -> bool {
    let is_rule = |rule: &Json| rule.get("Identifier").is_some() && rule.get("Logic").is_some();
    is_rule(document) || document.get(0).is_some_and(is_rule)
}

/// A published value set, an array that begins with one, or an object of arrays of codes.
fn holds_value_sets(document: &Json) -> bool {
    let published = |set: &Json| set.get("valueSetId").is_some();
    let compressed = || {
        let fields = document.as_object().filter(|fields| !fields.is_empty());
        fields.is_some_and(|fields| fields.values().all(Json::is_array))
    };
    published(document) || document.get(0).is_some_and(published) || compressed()
}
