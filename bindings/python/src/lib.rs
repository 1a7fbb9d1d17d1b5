//! The verifier for Python: bytes in, the JSON of `hutong verify --json` out. `hutong_verifier`
//! (in `python/`) makes dictionaries of it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hutong_code::{Scanner, VerifyContext, VerifyingKey};
use hutong_model::Timestamp;
use pyo3::{exceptions::PyValueError, prelude::*};

/// Whom to trust, and what was taken back.
#[pyclass(name = "Scanner")]
#[derive(Default)]
struct PyScanner(Scanner);

#[pymethods]
impl PyScanner {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Trusts what stands in a file; keys and lists that count, and entries passed over.
    fn trust(&mut self, file: &[u8], anchor: &str) -> PyResult<(usize, usize)> {
        let anchor = match anchor.trim() {
            "" => None,
            text => Some(key(text).map_err(PyValueError::new_err)?),
        };
        let added = self.0.add_file(file, anchor.as_slice());
        let added = added.map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok((added.keys, added.passed_over))
    }

    /// The answer to one code, as JSON. Other threads of Python go on meanwhile.
    fn verify(&self, py: Python<'_>, code: &[u8], at_unix_ms: i64) -> PyResult<String> {
        py.detach(|| {
            let context = VerifyContext::at(Timestamp::from_unix_ms(at_unix_ms));
            serde_json::to_string(&self.0.scan_bytes(code, &context))
        })
        .map_err(|error| PyValueError::new_err(error.to_string()))
    }
}

fn key(text: &str) -> Result<VerifyingKey, String> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| "the anchor is not base64url")?;
    VerifyingKey::from_cose_key(&bytes).map_err(|error| format!("the anchor: {error}"))
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyScanner>()
}
