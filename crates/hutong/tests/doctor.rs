//! `hutong doctor` on a healthy deployment, and on broken ones: each fault is named, with what
//! to do.

mod common;

use common::{Place, said, text};
use std::os::unix::fs::PermissionsExt;

/// Exit code and output of the doctor.
fn doctor(place: &Place) -> (i32, String) {
    let (code, stdout, _) = said(&place.run(&["doctor"]));
    (code, stdout)
}

/// The doctor finds this, and says what to do on the next line.
fn finds(place: &Place, check: &str, remedy: &str) {
    let (code, stdout) = doctor(place);
    assert_eq!(code, 1, "{stdout}");
    let mut lines = stdout.lines().skip_while(|line| !line.starts_with(&format!("✗ {check}")));
    assert!(lines.next().is_some(), "no ✗ {check} in:\n{stdout}");
    let next = lines.next().unwrap_or_default();
    assert!(next.contains(remedy), "{next:?} does not say {remedy:?} in:\n{stdout}");
}

#[test]
fn healthy_whether_it_runs_or_not() {
    let place = Place::root();
    let (code, stdout) = doctor(&place);
    assert_eq!(code, 0, "{stdout}");
    let running = place.serve();
    let (code, stdout) = doctor(&place);
    assert_eq!(code, 0, "{stdout}");
    assert_eq!(running.stop(), 0);
}

#[test]
fn the_configuration() {
    let place = Place::root();
    place.configure("listen", "lissten");
    finds(&place, "configuration", "docs/operations.md");
    std::fs::remove_file(place.config()).expect("it is there");
    finds(&place, "configuration", "hutong init");
}

#[test]
fn keys_and_their_modes() {
    let place = Place::root();
    let keys = place.path("data/keys");
    let key = keys.join("assertion-1.pk8");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).expect("chmod");
    let (code, stdout) = doctor(&place);
    assert_eq!(code, 1);
    assert!(stdout.contains("✗ assertion key") && stdout.contains("chmod 600"), "{stdout}");
    std::fs::remove_file(&key).expect("it is there");
    finds(&place, "assertion key", "hutong keys new assertion");

    let place = Place::root();
    std::fs::remove_file(place.path("data/keys/sealing.keys")).expect("it is there");
    finds(&place, "sealing keys", "backup");

    let place = Place::root();
    std::fs::set_permissions(place.path("data"), PermissionsExt::from_mode(0o755)).expect("chmod");
    finds(&place, "data folder", "chmod 700");
}

#[test]
fn the_store_and_other_keys() {
    let place = Place::root();
    place.admit("000000.clinic-1", "clinic");
    let other = Place::root();
    for name in ["data/keys/sealing.keys", "data/keys/blind.key"] {
        std::fs::copy(other.path(name), place.path(name)).expect("a copy");
    }
    let (code, stdout) = doctor(&place);
    assert_eq!(code, 1, "{stdout}");
    assert!(stdout.contains("✗ store"), "{stdout}");
}

#[test]
fn the_parent() {
    let root = Place::root();
    let anchor = common::well(&root.run(&["keys", "anchor"]));
    let arguments = |url: &str| {
        Place::init(&[
            "--region",
            "330000",
            "--name",
            "east",
            "--parent",
            url,
            "--trust-anchor",
            anchor.trim(),
        ])
    };
    let lonely = arguments("http://127.0.0.1:9");
    finds(&lonely, "parent", "check the address");
    let parent = root.serve();
    let stranger = arguments(&parent.url());
    finds(&stranger, "sign-in", "hutong member admit 330000.node");
    assert_eq!(parent.stop(), 0);
}

#[test]
fn the_certificate() {
    let place = Place::root();
    let mut parameters = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).expect("names");
    parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = parameters.self_signed(&key).expect("a certificate");
    place.write("cert.pem", certificate.pem());
    let key = place.write("key.pem", key.serialize_pem());
    place.configure("[node]", "[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n\n[node]");
    finds(&place, "TLS certificate", "renew it");
    let _ = text(&key);
}
