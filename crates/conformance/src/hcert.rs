//! Vectors of `HC1:`: EU Digital COVID Certificates.

use crate::{
    KitError, Vector,
    envelope::{Claims, EDDSA, ES256, PS256, Sign1, deflated, half_hash, header, of_packed, text},
    issuers::{Issuers, Signer},
    people, right, wrong,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hutong_code::{
    foreign::{Record, dcc_payload},
    issue::{
        Uvci,
        dcc::{self, DccClaims},
    },
    verify::{Format, Step},
};
use hutong_model::{Timestamp, Verdict};
use serde_json::{Value, json};

const DAY_S: i64 = 86_400;
/// Specification of the envelope.
const HCERT: &str = "Electronic Health Certificate Specification 1.0.5";
/// Schema of the content.
const SCHEMA: &str = "EU DCC JSON schema 1.3.3";

/// Makes vectors from a certificate that is right.
struct Forge<'i> {
    issuers: &'i Issuers,
    claims: Claims,
    at: Timestamp,
}

pub(crate) fn vectors(issuers: &Issuers, at: Timestamp) -> Result<Vec<Vector>, KitError> {
    let dose = issued("hc1-dose", issuers, &people::dose(), at)?;
    let dcc = dcc_payload(&dose).unwrap_or_default();
    let (iat_s, exp_s) = (at.unix_s() - DAY_S, at.unix_s() + 30 * DAY_S);
    let forge = Forge { issuers, claims: Claims { iss: "CN", iat_s, exp_s, dcc }, at };
    let mut vectors = forge.right(dose)?;
    vectors.extend(forge.layers());
    vectors.extend(forge.keys());
    vectors.extend(forge.times());
    vectors.extend(forge.contents());
    Ok(vectors)
}

/// A certificate that our own issuer makes.
fn issued(
    id: &'static str,
    issuers: &Issuers,
    record: &Record,
    at: Timestamp,
) -> Result<String, KitError> {
    let failed = KitError::of(id);
    let uvci = Uvci::build("CN", "CONFORMANCE").map_err(|e| failed(&e))?;
    let claims = DccClaims {
        issuer: "CN",
        issued_at: at.plus_s(-DAY_S),
        expires_at: at.plus_s(30 * DAY_S),
        key_id: issuers.all.id(),
        uvci: &uvci,
        person: &people::person(),
        record,
    };
    dcc::issue(&claims, &issuers.all.key).map_err(|e| failed(&e))
}

impl Forge<'_> {
    fn signed(&self) -> Sign1 {
        let protected = header(Some(ES256), Some(&self.issuers.all.id()));
        Sign1::sign(protected, self.claims.to_cbor(), &self.issuers.all.key)
    }

    fn by(&self, signer: &Signer) -> String {
        let protected = header(Some(ES256), Some(&signer.id()));
        Sign1::sign(protected, self.claims.to_cbor(), &signer.key).to_text()
    }

    fn of(&self, claims: Claims) -> String {
        Forge { issuers: self.issuers, claims, at: self.at }.signed().to_text()
    }

    fn right(&self, dose: String) -> Result<Vec<Vector>, KitError> {
        let now = self.at.to_string();
        let mut vectors = vec![right("hc1-dose", Format::EuDcc, dose, "a dose", HCERT)];
        for (id, record) in [
            ("hc1-nucleic-acid", people::result("nucleic-acid", &now)),
            ("hc1-antigen", people::result("antigen", &now)),
            ("hc1-recovery", people::recovery()),
        ] {
            let text = issued(id, self.issuers, &record, self.at)?;
            vectors.push(right(id, Format::EuDcc, text, "another kind of content", SCHEMA));
        }
        let mut untagged = self.signed();
        untagged.tagged = false;
        let about = "without the tag 18, which may be left out";
        let clause = "RFC 9052 section 2";
        vectors.push(right("hc1-untagged", Format::EuDcc, untagged.to_text(), about, clause));
        let id = self.issuers.all.id();
        let payload = self.claims.to_cbor();
        let key = &self.issuers.all.key;
        let mut outside = Sign1::sign(header(Some(ES256), None), payload.clone(), key);
        outside.unprotected = header(None, Some(&id));
        let about = "the key id in the unprotected header";
        let clause = "RFC 9052 section 3.1; specification, section 3.3.2";
        vectors.push(right("hc1-kid-unprotected", Format::EuDcc, outside.to_text(), about, clause));
        let mut both = Sign1::sign(header(Some(ES256), Some(&id)), payload, key);
        both.unprotected = header(None, Some(&self.issuers.unknown.id()));
        let about = "two key ids: the protected one wins";
        vectors.push(right("hc1-kid-twice", Format::EuDcc, both.to_text(), about, clause));
        Ok(vectors)
    }

    /// Wrong in one layer of the envelope.
    fn layers(&self) -> Vec<Vector> {
        let signed = self.signed();
        let bytes = signed.to_bytes();
        let packed = deflated(&bytes);
        let good = of_packed(&packed);
        let (body, _) = good.split_at(good.len() - 1);
        let cut = packed.get(..packed.len() / 2).unwrap_or_default();
        let cut_cbor = bytes.get(..bytes.len() - 10).unwrap_or_default();
        let bomb = deflated(&vec![0; 1 << 20]);
        let protected = |algorithm| header(algorithm, Some(&self.issuers.all.id()));
        let with = |algorithm| {
            let key = &self.issuers.all.key;
            Sign1::sign(protected(algorithm), self.claims.to_cbor(), key).to_text()
        };
        let invalid = |id, text, step, about, clause| {
            wrong(id, (Format::EuDcc, text), (Verdict::Invalid, step), about, clause)
        };
        let base45 = "RFC 9285 section 4";
        let sign1 = "RFC 9052 section 4.2";
        let algorithms = "specification, section 3.3.1: ES256 or PS256, protected";
        vec![
            invalid("hc1-character", format!("{body}a"), Step::Base45, "a small letter", base45),
            invalid("hc1-length", "HC1:A".into(), Step::Base45, "one character", base45),
            invalid(
                "hc1-cut",
                of_packed(cut),
                Step::Zlib,
                "the second half is missing",
                "RFC 1950",
            ),
            invalid("hc1-bomb", of_packed(&bomb), Step::Zlib, "1 MiB of zeros", "RFC 1950"),
            invalid("hc1-cbor", text(cut_cbor), Step::Cbor, "the CBOR is cut off", "RFC 8949"),
            invalid("hc1-no-cose", text(&[0xa0]), Step::Cose, "an empty map", sign1),
            invalid("hc1-alg-missing", with(None), Step::Cose, "no algorithm", algorithms),
            invalid("hc1-alg-none", with(Some(0)), Step::Cose, "algorithm 0", algorithms),
            invalid("hc1-alg-eddsa", with(Some(EDDSA)), Step::Cose, "EdDSA", algorithms),
        ]
    }

    /// Wrong keys and signatures.
    fn keys(&self) -> Vec<Vector> {
        let all = &self.issuers.all;
        let mut flipped = self.signed();
        if let Some(last) = flipped.signature.last_mut() {
            *last ^= 1;
        }
        let mut other = self.claims.clone();
        other.dcc["v"][0]["dn"] = json!(2);
        let mut swapped = self.signed();
        swapped.payload = other.to_cbor();
        let mut short = self.signed();
        short.signature.pop();
        let protected = header(Some(ES256), Some(&all.id()));
        let stolen = Sign1::sign(protected, self.claims.to_cbor(), &self.issuers.unknown.key);
        let confused = header(Some(PS256), Some(&all.id()));
        let confused = Sign1::sign(confused, self.claims.to_cbor(), &all.key);
        let nameless = Sign1::sign(header(Some(ES256), None), self.claims.to_cbor(), &all.key);
        let invalid = |id, signed: &Sign1, step, about, clause| {
            wrong(id, (Format::EuDcc, signed.to_text()), (Verdict::Invalid, step), about, clause)
        };
        let open = |id, text, about, clause| {
            wrong(id, (Format::EuDcc, text), (Verdict::Unverified, Step::Key), about, clause)
        };
        let sign1 = "RFC 9052 section 4.4";
        let trust = "specification, section 5: the trust list decides whose keys count";
        let usage = "Implementing Decision (EU) 2021/1073, annex IV: extended key usage";
        vec![
            invalid("hc1-flipped", &flipped, Step::Signature, "one bit of the signature", sign1),
            invalid("hc1-changed", &swapped, Step::Signature, "another dose number", sign1),
            invalid("hc1-short", &short, Step::Signature, "63 bytes", "RFC 9053 section 2.1"),
            invalid("hc1-stolen", &stolen, Step::Signature, "another's key, this key's id", sign1),
            invalid("hc1-confused", &confused, Step::Key, "PS256 by a key of ES256", sign1),
            wrong(
                "hc1-usage",
                (Format::EuDcc, self.by(&self.issuers.tests_only)),
                (Verdict::Invalid, Step::Key),
                "a dose, signed by a key that is admitted for tests",
                usage,
            ),
            open("hc1-unknown", self.by(&self.issuers.unknown), "nobody knows the key", trust),
            open("hc1-nameless", nameless.to_text(), "no key id", trust),
            open("hc1-abroad", self.by(&self.issuers.abroad), "CN by a key of SG", trust),
            open("hc1-over", self.by(&self.issuers.over), "the signer has run out", trust),
        ]
    }

    fn times(&self) -> Vec<Vector> {
        let now = self.at.unix_s();
        let over = Claims { iat_s: now - 9 * DAY_S, exp_s: now - DAY_S, ..self.claims.clone() };
        let early = Claims { iat_s: now + DAY_S, ..self.claims.clone() };
        let clause = "RFC 8392 section 3.1";
        vec![
            wrong(
                "hc1-expired",
                (Format::EuDcc, self.of(over)),
                (Verdict::Expired, Step::Validity),
                "it ran out a day ago",
                clause,
            ),
            wrong(
                "hc1-early",
                (Format::EuDcc, self.of(early)),
                (Verdict::Invalid, Step::Validity),
                "issued tomorrow",
                clause,
            ),
        ]
    }

    /// Content that the schema refuses, well signed.
    fn contents(&self) -> Vec<Vector> {
        let cases: [(&str, &str, Value, &str); 9] = [
            ("hc1-version", "/ver", json!("2.0.0"), "another version of the schema"),
            ("hc1-dose-zero", "/v/0/dn", json!(0), "dose 0"),
            ("hc1-dose-text", "/v/0/dn", json!("1"), "a dose number that is text"),
            ("hc1-date", "/v/0/dt", json!("26.05.2021"), "a date in another form"),
            ("hc1-no-id", "/v/0/ci", Value::Null, "no id of the certificate"),
            ("hc1-country", "/v/0/co", json!(""), "no country"),
            ("hc1-name", "/nam/fnt", json!("lin"), "small letters in the Latin name"),
            ("hc1-born", "/dob", json!("14.03.1988"), "a birth date in another form"),
            ("hc1-empty", "/v", json!([]), "no entry"),
        ];
        let vector = |(id, pointer, value, about): (&str, &str, Value, &str)| {
            let mut claims = self.claims.clone();
            if let Some(place) = claims.dcc.pointer_mut(pointer) {
                *place = value;
            }
            let text = self.of(claims);
            wrong(id, (Format::EuDcc, text), (Verdict::Invalid, Step::Schema), about, SCHEMA)
        };
        let mut vectors: Vec<Vector> = cases.into_iter().map(vector).collect();
        let mut two = self.claims.clone();
        two.dcc["r"] = json!([{}]);
        let text = self.of(two);
        let invalid = (Verdict::Invalid, Step::Schema);
        let about = "two groups of entries";
        vectors.push(wrong("hc1-two", (Format::EuDcc, text), invalid, about, SCHEMA));
        vectors
    }
}

/// Adds a certificate that was taken back; the batch that says so.
pub(crate) fn taken_back(
    issuers: &Issuers,
    at: Timestamp,
    vectors: &mut Vec<Vector>,
) -> Result<Vec<u8>, KitError> {
    let failed = KitError::of("hc1-revoked");
    let uvci = Uvci::build("CN", "TAKENBACK").map_err(|e| failed(&e))?;
    let claims = DccClaims {
        issuer: "CN",
        issued_at: at.plus_s(-DAY_S),
        expires_at: at.plus_s(30 * DAY_S),
        key_id: issuers.all.id(),
        uvci: &uvci,
        person: &people::person(),
        record: &people::dose(),
    };
    let text = dcc::issue(&claims, &issuers.all.key).map_err(|e| failed(&e))?;
    vectors.push(wrong(
        "hc1-revoked",
        (Format::EuDcc, text),
        (Verdict::Revoked, Step::Revocation),
        "its id is on the issuer's list",
        "EU DCC gateway, revocation lists, hash type UCI",
    ));
    let batch = json!({
        "country": "CN",
        "expires": at.plus_s(60 * DAY_S).to_string(),
        "kid": "UNKNOWN_KID",
        "hashType": "UCI",
        "entries": [{ "hash": STANDARD.encode(half_hash(uvci.as_str().as_bytes())) }],
    });
    Ok(batch.to_string().into_bytes())
}
