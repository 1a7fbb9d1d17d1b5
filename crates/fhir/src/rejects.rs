//! Files of what was refused: each line as it came, to be mended and sent again, and beside it a
//! line that says why.

use crate::write;
use hutong_model::Issue;

/// Appends one refused NDJSON line to `lines`, unchanged, and its `OperationOutcome` to
/// `outcomes`, so that line N of one file speaks of line N of the other.
pub fn reject_line(line: &[u8], issues: &[Issue], lines: &mut Vec<u8>, outcomes: &mut Vec<u8>) {
    lines.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
    lines.push(b'\n');
    write::operation_outcome(issues, outcomes);
    outcomes.push(b'\n');
}

/// The name of the file of reasons beside a file of refused lines:
/// `doses.rejects.ndjson` has `doses.rejects.outcomes.ndjson`.
pub fn outcomes_name(rejects: &str) -> String {
    format!("{}.outcomes.ndjson", rejects.strip_suffix(".ndjson").unwrap_or(rejects))
}
