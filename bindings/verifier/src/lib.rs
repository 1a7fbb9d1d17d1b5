//! The verifier for other languages: a C interface over [`hutong_code::Scanner`]. What is scanned
//! goes in as bytes, the answer comes out as the JSON of `hutong verify --json`. No network, no
//! clock, no files: the caller hands in all of them. The header is `include/hutong_verifier.h`.

use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use hutong_code::{VerifyContext, VerifyingKey};
use hutong_model::Timestamp;
use safer_ffi::prelude::*;

/// Whom to trust, and what was taken back. Not changed by verifying: many threads may verify with
/// one at once, none while a file is added.
#[derive_ReprC]
#[repr(opaque)]
pub struct HutongScanner {
    inner: hutong_code::Scanner,
}

/// A scanner that trusts nobody yet.
#[ffi_export]
pub fn hutong_scanner_new() -> repr_c::Box<HutongScanner> {
    Box::new(HutongScanner { inner: hutong_code::Scanner::default() }).into()
}

/// Ends a scanner.
#[ffi_export]
pub fn hutong_scanner_free(scanner: repr_c::Box<HutongScanner>) {
    drop(scanner);
}

/// Trusts what stands in a file, or heeds what it revokes: every form of `hutong verify --trust`.
/// `anchor` is who may have signed a trust list of Hutong, as `hutong keys anchor` prints it; empty
/// for other files. Returns JSON: `{"keys": …, "passedOver": …}`, or `{"error": …}`.
#[ffi_export]
pub fn hutong_scanner_trust(
    scanner: &mut HutongScanner,
    file: c_slice::Ref<'_, u8>,
    anchor: char_p::Ref<'_>,
) -> char_p::Box {
    let answer = match trust(&mut scanner.inner, file.as_slice(), anchor.to_str()) {
        Ok((keys, passed_over)) => serde_json::json!({ "keys": keys, "passedOver": passed_over }),
        Err(error) => serde_json::json!({ "error": error }),
    };
    string(&answer.to_string())
}

fn trust(
    scanner: &mut hutong_code::Scanner,
    file: &[u8],
    anchor: &str,
) -> Result<(usize, usize), String> {
    let anchor = match anchor.trim() {
        "" => None,
        text => {
            let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| "the anchor is not base64url")?;
            Some(VerifyingKey::from_cose_key(&bytes).map_err(|e| format!("the anchor: {e}"))?)
        }
    };
    let added = scanner.add_file(file, anchor.as_slice()).map_err(|e| e.to_string())?;
    Ok((added.keys, added.passed_over))
}

/// Verifies one code at a time, in seconds since 1970. Returns JSON; never NULL, whatever the code.
#[ffi_export]
pub fn hutong_scanner_verify(
    scanner: &HutongScanner,
    code: c_slice::Ref<'_, u8>,
    at_unix_s: i64,
) -> char_p::Box {
    let context = VerifyContext::at(Timestamp::from_unix_s(at_unix_s));
    let reading = scanner.inner.scan_bytes(code.as_slice(), &context);
    string(&serde_json::to_string(&reading).unwrap_or_else(|_| "{}".into()))
}

/// Gives back a text that one of these functions returned.
#[ffi_export]
pub fn hutong_string_free(text: char_p::Box) {
    drop(text);
}

/// JSON escapes NUL, so no text of ours has one within.
fn string(text: &str) -> char_p::Box {
    text.replace('\0', "").try_into().unwrap_or_else(|_| char_p::new("{}"))
}
