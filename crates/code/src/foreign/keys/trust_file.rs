//! Files of keys, as other systems publish them, told apart by their content:
//!
//! - X.509 certificates and revocation lists, DER, base64 of it, or PEM (RFC 7468);
//! - the EU gateway's list of signer certificates: JSON objects with `kid`, `country`,
//!   `certificateType` and `rawData`, as an array or under `certificates`;
//! - JWK sets (RFC 7517 section 5);
//! - snapshots of directories of SMART Health Cards issuers (`issuerInfo`: address and keys);
//! - DID documents (W3C DID 1.0) as the WHO's GDHCN publishes its trust lists.

use super::super::json::text;
use super::{Certificate, ForeignKey, ForeignKeys, KeysError, RevocationList, Usages, jwk};
use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use hutong_model::limits::FOREIGN_TRUST_FILE_BYTES_MAX;
use serde_json::Value;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Added {
    /// Keys and certificates that are trusted now.
    pub keys: usize,
    /// Entries that could not be read, or are not for signing certificates.
    pub passed_over: usize,
}

impl Added {
    fn count(&mut self, result: Result<(), KeysError>) -> Result<(), KeysError> {
        match result {
            Ok(()) => self.keys += 1,
            Err(KeysError::Large) => return Err(KeysError::Large),
            Err(_) => self.passed_over += 1,
        }
        Ok(())
    }
}

impl ForeignKeys {
    /// Trusts what stands in a file.
    ///
    /// # Errors
    /// [`KeysError`] when it has none of the known forms, or is too large. Entries of a list that
    /// cannot be read are passed over and counted: one bad entry must not stop a country.
    pub fn add_file(&mut self, bytes: &[u8]) -> Result<Added, KeysError> {
        if bytes.len() > FOREIGN_TRUST_FILE_BYTES_MAX {
            return Err(KeysError::Large);
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match bytes.trim_ascii_start().first() {
            Some(b'M') => self.add_der(&base64_text(bytes)?),
            Some(0x30) if std::str::from_utf8(bytes).is_err() => self.add_der(bytes),
            Some(b'-') => self.add_pem(bytes),
            Some(b'{' | b'[') => self.add_json(bytes),
            _ => match self.after_first_line(bytes) {
                Some(rest) => self.add_json(rest),
                None => self.add_der(bytes),
            },
        }
    }

    /// What follows a line with a signature, where that is JSON: some countries publish so.
    fn after_first_line<'f>(&self, bytes: &'f [u8]) -> Option<&'f [u8]> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let rest = bytes.get(end + 1..)?.trim_ascii_start();
        matches!(rest.first(), Some(b'{' | b'[')).then_some(rest)
    }

    fn add_der(&mut self, der: &[u8]) -> Result<Added, KeysError> {
        match Certificate::from_der(der) {
            Ok(certificate) => self.add_certificate(certificate)?,
            Err(KeysError::Certificate) => {
                self.add_revocation_list(RevocationList::from_der(der)?)?;
            }
            Err(error) => return Err(error),
        }
        Ok(Added { keys: 1, passed_over: 0 })
    }

    fn add_pem(&mut self, text: &[u8]) -> Result<Added, KeysError> {
        let mut added = Added::default();
        for pem in x509_parser::pem::Pem::iter_from_buffer(text) {
            let pem = pem.map_err(|_| KeysError::File)?;
            added.count(match pem.label.as_str() {
                "CERTIFICATE" | "X509 CERTIFICATE" => Certificate::from_der(&pem.contents)
                    .and_then(|certificate| self.add_certificate(certificate)),
                "X509 CRL" => RevocationList::from_der(&pem.contents)
                    .and_then(|list| self.add_revocation_list(list)),
                _ => Err(KeysError::Kind),
            })?;
        }
        if added.keys == 0 { Err(KeysError::Certificate) } else { Ok(added) }
    }

    fn add_json(&mut self, bytes: &[u8]) -> Result<Added, KeysError> {
        let json: Value = serde_json::from_slice(bytes).map_err(|_| KeysError::File)?;
        let mut added = Added::default();
        let list = |name: &str| json.get(name).and_then(Value::as_array);
        if let Some(entries) = json.as_array().or_else(|| list("certificates")) {
            for entry in entries {
                added.count(self.add_dsc(entry))?;
            }
        } else if let Some(keys) = list("keys") {
            // A set is one issuer's: what a certificate says of one key holds for all.
            let address = text(&json, "iss").map(str::to_owned);
            let address = address.or_else(|| keys.iter().find_map(address_of));
            for key in keys {
                added.count(self.add_jwk(key, address.as_deref()))?;
            }
        } else if let Some(issuers) = list("issuerInfo") {
            for entry in issuers {
                self.add_issuer(entry, &mut added)?;
            }
        } else if let Some(methods) = list("verificationMethod") {
            for method in methods {
                added.count(self.add_did(method))?;
            }
        } else {
            return Err(KeysError::File);
        }
        Ok(added)
    }

    /// One entry of the EU gateway's list.
    fn add_dsc(&mut self, entry: &Value) -> Result<(), KeysError> {
        let text = |name: &str| entry.get(name).and_then(Value::as_str);
        // A list of DID documents is a list as well.
        if let Some(methods) = entry.get("verificationMethod").and_then(Value::as_array) {
            return methods.iter().try_for_each(|method| self.add_did(method));
        }
        let raw = text("rawData").ok_or(KeysError::File)?;
        let der = LENIENT.decode(raw).map_err(|_| KeysError::Malformed)?;
        let certificate = Certificate::from_der(&der)?;
        match text("certificateType").unwrap_or("DSC") {
            "DSC" => {}
            "CSCA" => return self.add_authority(certificate),
            _ => return Err(KeysError::Kind),
        }
        let mut key = ForeignKey::of_certificate(&certificate);
        if let Some(id) = text("kid") {
            key.id = STANDARD.decode(id).map_err(|_| KeysError::Malformed)?.into();
        }
        key.issuer = text("country").map(Into::into).or(key.issuer);
        self.add(key)
    }

    /// One key of a set; SMART Health Cards name it by its thumbprint.
    fn add_jwk(&mut self, key: &Value, issuer: Option<&str>) -> Result<(), KeysError> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|usage| usage != "sig") {
            return Err(KeysError::Kind);
        }
        let public = jwk::public_key(key)?;
        let chain = jwk::chain(key)?;
        if chain.first().is_some_and(|own| *own.public() != public) {
            return Err(KeysError::Malformed);
        }
        let id = text("kid").map(str::to_owned).or_else(|| jwk::p256_thumbprint(&public));
        self.add(ForeignKey {
            id: id.ok_or(KeysError::Malformed)?.into_bytes().into(),
            issuer: issuer.map(Into::into),
            public,
            usages: Usages::default(),
            not_before: None,
            not_after: None,
            certificate: chain.into_iter().next(),
        })
    }

    fn add_issuer(&mut self, entry: &Value, added: &mut Added) -> Result<(), KeysError> {
        let address = entry.pointer("/issuer/iss").and_then(Value::as_str);
        for key in entry.get("keys").and_then(Value::as_array).into_iter().flatten() {
            added.count(self.add_jwk(key, address))?;
        }
        Ok(())
    }

    /// One verification method of a DID document. Its id ends in the key id, base64 of its bytes;
    /// the DID itself names the country: `…:trustlist:-:XYZ:DSC`.
    fn add_did(&mut self, method: &Value) -> Result<(), KeysError> {
        let text = |name: &str| method.get(name).and_then(Value::as_str).unwrap_or_default();
        let key = method.get("publicKeyJwk").ok_or(KeysError::Kind)?;
        let (did, fragment) = text("id").split_once('#').ok_or(KeysError::Malformed)?;
        let id = percent_decoded(fragment);
        let id = LENIENT.decode(id.as_bytes()).unwrap_or_else(|_| id.clone().into_bytes());
        let country = did.split(':').find(|part| part.len() == 3 && is_country(part));
        let chain = jwk::chain(key)?;
        let usages = chain.first().map(Certificate::usages).unwrap_or_default();
        self.add(ForeignKey {
            id: id.into(),
            issuer: country.map(Into::into),
            public: jwk::public_key(key)?,
            usages,
            not_before: chain.first().map(Certificate::not_before),
            not_after: chain.first().map(Certificate::not_after),
            certificate: chain.into_iter().next(),
        })
    }
}

/// A certificate that was written as base64 without the lines of PEM around it.
fn base64_text(text: &[u8]) -> Result<Vec<u8>, KeysError> {
    let text: Vec<u8> = text.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    LENIENT.decode(text).map_err(|_| KeysError::File)
}

/// The address that the certificate beside a key is for (its subject alternative name).
fn address_of(key: &Value) -> Option<String> {
    let chain = jwk::chain(key).ok()?;
    let names = chain.first()?.alternative_names();
    names.iter().find(|name| name.starts_with("https://")).map(|name| name.to_string())
}

/// A code of three capital letters that is not the name of a purpose.
fn is_country(part: &str) -> bool {
    part.bytes().all(|b| b.is_ascii_uppercase()) && !["DSC", "SCA", "DCC", "DID"].contains(&part)
}

/// A text with `%XX` replaced (RFC 3986 section 2.1); other texts stay as they are.
fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let mut byte = [0];
        match after.get(..2) {
            Some(digits) if *first == b'%' && hex::decode_to_slice(digits, &mut byte).is_ok() => {
                out.push(byte[0]);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                out.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
