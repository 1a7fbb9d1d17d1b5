//! Form that no other tool checks: line and file lengths, words that must not stay, large files.

use std::{path::Path, process::Command};

/// Longest line of code, in characters.
const LINE_CHARACTERS_MAX: usize = 100;
/// Most lines of a file of code.
const FILE_LINES_MAX: usize = 600;
/// Largest file that is no data, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Words that mean that something is not finished, or that belong to one machine only. Written in
/// two halves so that this list does not find itself.
const BANNED: [(&str, &str); 8] = [
    ("TO", "DO"),
    ("FIX", "ME"),
    ("XX", "X:"),
    ("todo", "!("),
    ("unimplemented", "!("),
    ("lorem", " ipsum"),
    ("/home", "/"),
    ("/ro", "ot/"),
];

/// Checks every file that is, or may be, under version control.
pub fn run(root: &Path) -> Result<(), String> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot start git: {error}"))?;
    if !output.status.success() {
        return Err("git ls-files failed: is this a git checkout?".into());
    }
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut complaints = Vec::new();
    let mut checked = 0;
    for name in names.split('\0').filter(|name| !name.is_empty()) {
        let path = root.join(name);
        // Listed by git and removed since.
        let Ok(metadata) = std::fs::symlink_metadata(&path) else { continue };
        if !metadata.is_file() {
            continue;
        }
        checked += 1;
        let is_data = name.contains("/data/") || name.contains("/corpus/");
        if metadata.len() > FILE_BYTES_MAX && !is_data {
            complaints.push(format!("{name}: {} bytes; data belongs into data/", metadata.len()));
        }
        if let Ok(text) = std::fs::read_to_string(&path) {
            check_text(name, &text, &mut complaints);
        }
    }
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    if complaints.is_empty() {
        println!("{checked} files are tidy");
        Ok(())
    } else {
        Err(format!("{} complaints in {checked} files", complaints.len()))
    }
}

fn check_text(name: &str, text: &str, complaints: &mut Vec<String>) {
    let is_code = name.ends_with(".rs") || name.ends_with(".sql") || name.ends_with(".sh");
    let is_ours = is_code || name.ends_with(".md") || name.ends_with(".toml");
    if !is_ours {
        return;
    }
    // Fixtures lie in tests, and macros there that the formatter leaves alone.
    let in_tests = name.contains("/tests/");
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        if is_long(line) && is_code && !in_tests {
            complaints.push(format!("{name}:{number}: longer than {LINE_CHARACTERS_MAX}"));
        }
        for (head, tail) in BANNED {
            if finds(line, head, tail) {
                complaints.push(format!("{name}:{number}: {head}{tail} must not stay"));
            }
        }
        if line.ends_with([' ', '\t']) && is_code {
            complaints.push(format!("{name}:{number}: white space at the end"));
        }
    }
    let lines = text.lines().count();
    if is_code && lines > FILE_LINES_MAX {
        complaints.push(format!("{name}: {lines} lines; split it (at most {FILE_LINES_MAX})"));
    }
}

/// Whether a line is longer than it need be: a text in quotation marks, a table, an address or a
/// list of derived traits is as long as it is.
fn is_long(line: &str) -> bool {
    let whole = line.contains('"') || line.contains("// |") || line.contains("//! |");
    let derived = line.trim_end().ends_with("Decode,");
    line.chars().count() > LINE_CHARACTERS_MAX && !(whole || derived || is_address(line))
}

/// A line that holds one long address cannot be broken.
fn is_address(line: &str) -> bool {
    line.contains("://") && line.split_whitespace().count() <= 3
}

fn finds(line: &str, head: &str, tail: &str) -> bool {
    line.match_indices(head).any(|(at, _)| line[at + head.len()..].starts_with(tail))
}
