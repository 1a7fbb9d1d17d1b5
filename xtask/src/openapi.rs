//! Writes the `OpenAPI` document again from the code.

use std::{path::Path, process::Command};

/// Writes `docs/openapi.json`.
pub fn run(root: &Path) -> Result<(), String> {
    let mut command = Command::new("cargo");
    command.args(["run", "--release", "--quiet", "--package", "hutong", "--", "openapi"]);
    let output = command
        .current_dir(root)
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !output.status.success() {
        return Err(format!("hutong openapi ended with {}", output.status));
    }
    serde_json::from_slice::<serde_json::Value>(&output.stdout)
        .map_err(|error| format!("what hutong openapi printed is not JSON: {error}"))?;
    let path = root.join("docs/openapi.json");
    std::fs::write(&path, output.stdout).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{} is written", path.display());
    Ok(())
}
