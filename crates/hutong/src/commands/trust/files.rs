//! `hutong trust import`, `files`: what is trusted of other systems.

use crate::{
    admin::{TrustOrder, TrustReport},
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use hutong_code::foreign::keys::{Examined, Found};
use hutong_node::trust_files::TrustFile;
use std::path::Path;

/// What the node is asked to do. It reads the file itself, so the path is made absolute.
pub(super) fn order(
    file: &Path,
    name: Option<&str>,
    dry_run: bool,
    strict: bool,
) -> Result<TrustOrder, Failure> {
    let path = std::path::absolute(file).map_err(|error| Failure::file(file, &error))?;
    let own = file.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.map(str::to_owned).or(own).unwrap_or_default();
    Ok(TrustOrder { file: path, name, dry_run, strict })
}

/// Shows the checks, and what was done.
pub(super) fn imported(report: &TrustReport, json: bool, lang: Lang) -> Result<Exit, Failure> {
    if json {
        report.examined.iter().try_for_each(show::json)?;
    } else {
        print(&report.examined, lang);
    }
    let failed = report.examined.iter().filter(|key| key.worst() == Found::Failed).count();
    match &report.added {
        Some(file) if !json => show::line(lang.pick(
            format!(
                "{}：已信任 {} 个密钥或名单，跳过 {} 个",
                file.name, file.keys, file.passed_over
            ),
            format!(
                "{}: {} keys or lists trusted, {} passed over",
                file.name, file.keys, file.passed_over
            ),
        )),
        None if !json => show::line(lang.pick(
            format!("未作改动；{} 个密钥中 {failed} 个未通过检查", report.examined.len()),
            format!(
                "nothing was changed; checks failed for {failed} of {} keys",
                report.examined.len()
            ),
        )),
        _ => {}
    }
    Ok(if report.refused { Exit::Wrong } else { Exit::Ok })
}

/// The keys about which something is to be said.
fn print(examined: &[Examined], lang: Lang) {
    let mut table = show::table(["issuer", "key", "until", "check", "found", "detail"]);
    let mut rows = 0;
    for key in examined {
        for check in key.checks.iter().filter(|check| check.found != Found::Passed) {
            let word = match check.found {
                Found::Passed => lang.pick("通过", "passed"),
                Found::Warned => lang.pick("注意", "warned"),
                Found::Failed => lang.pick("未通过", "failed"),
            };
            table.add_row([
                key.issuer.as_deref().unwrap_or("–"),
                &key.key_id,
                &key.not_after.map(|until| until.to_string()).unwrap_or_default(),
                &format!("{:?}", check.name).to_lowercase(),
                word,
                &check.detail,
            ]);
            rows += 1;
        }
    }
    if rows > 0 {
        show::line(table);
    }
}

/// Shows the files that are held.
pub(super) fn list(files: &[TrustFile], json: bool) -> Result<(), Failure> {
    if json {
        return files.iter().try_for_each(show::json);
    }
    let mut table =
        show::table(["node", "name", "keys", "passed over", "bytes", "added", "sha256"]);
    for file in files {
        table.add_row([
            file.region.as_str(),
            &file.name,
            &file.keys.to_string(),
            &file.passed_over.to_string(),
            &file.bytes.to_string(),
            &file.added_at.to_string(),
            file.sha256.get(..16).unwrap_or_default(),
        ]);
    }
    show::line(table);
    Ok(())
}
