//! A running node: ready line, commands through its socket, TLS, signals.

mod common;

use common::{Place, hutong, said, text, well};
use serde_json::Value;
use std::time::Duration;

fn dose() -> &'static str {
    "{\"resourceType\":\"Immunization\",\"id\":\"d1\",\"status\":\"completed\",\"vaccineCode\":\
     {\"coding\":[{\"system\":\"http://hl7.org/fhir/sid/cvx\",\"code\":\"08\"}]},\"patient\":\
     {\"identifier\":{\"system\":\"urn:oid:2.16.156.10011.1.3\",\"value\":\"11010519491231002X\"}},\
     \"occurrenceDateTime\":\"2020-06-02\",\"primarySource\":true}\n"
}

#[test]
fn commands_reach_a_running_node_and_a_stopped_one() {
    let place = Place::root();
    let running = place.serve();
    assert_eq!(running.ready["event"], "ready");
    assert_eq!(running.ready["region"], "000000");
    let key = place.admit("000000.clinic-1", "clinic");
    let file = place.write("a.ndjson", dose());

    // Over HTTP, as the clinic itself.
    let (url, key) = (running.url(), text(&key));
    let http = |extra: &[&str]| {
        let mut command = hutong();
        command.args(["import", "--server", &url, "--client-id", "000000.clinic-1"]);
        command.args(["--key", &key, "--json"]).arg(&file).args(extra);
        serde_json::from_str::<Value>(&well(&command.output().expect("it starts"))).expect("JSON")
    };
    assert_eq!(http(&[])["total"]["admitted"], 1);
    assert_eq!(http(&[])["total"]["duplicate"], 1);

    // Through the socket, as the operator.
    let arguments = ["import", &text(&file), "--as", "000000.clinic-1", "--json"];
    let report: Value = serde_json::from_str(&well(&place.run(&arguments))).expect("JSON");
    assert_eq!(report["total"]["duplicate"], 1);
    let status: Value =
        serde_json::from_str(&well(&place.run(&["status", "--json"]))).expect("JSON");
    assert_eq!((status["persons"].as_u64(), status["membersActive"].as_u64()), (Some(1), Some(1)));

    // A suspended member gets no further.
    well(&place.run(&["member", "suspend", "000000.clinic-1"]));
    let mut command = hutong();
    command.args(["token", "--server", &url, "--client-id", "000000.clinic-1", "--key", &key]);
    let (code, _, stderr) = said(&command.output().expect("it starts"));
    assert_eq!(code, 3);
    assert!(stderr.contains("hutong member admit"), "{stderr}");

    // Nobody else may run on the same store.
    let (code, _, stderr) = said(&place.run(&["serve"]));
    assert_eq!(code, 3, "{stderr}");

    assert_eq!(running.stop(), 0);
    assert!(!place.path("data/admin.sock").exists());
    let members = well(&place.run(&["member", "list", "--json"]));
    assert!(members.contains("\"suspended\""), "{members}");
}

#[test]
fn a_region_runs_alone() {
    let place = Place::init(&["--region", "330000", "--name", "浙江"]);
    let running = place.serve();
    assert_eq!(running.ready["region"], "330000");
    assert_eq!(running.stop(), 0);
}

#[test]
fn it_stops_in_order_when_told() {
    let place = Place::root();
    for signal in ["-TERM", "-INT"] {
        let running = place.serve();
        running.signal(signal);
        assert_eq!(running.wait(), 0, "{signal}");
        assert!(!place.path("data/admin.sock").exists());
    }
    // Killed, it starts again without repair.
    let running = place.serve();
    running.signal("-KILL");
    assert_eq!(running.wait(), -1);
    assert_eq!(place.serve().stop(), 0);
}

/// A certificate for 127.0.0.1 and its key, self-signed.
fn certificate(place: &Place) {
    let certified =
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    place.write("cert.pem", certified.cert.pem());
    place.write("key.pem", certified.signing_key.serialize_pem());
}

#[test]
fn tls_and_its_reload() {
    let place = Place::root();
    certificate(&place);
    place.configure("[node]", "[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n\n[node]");
    let running = place.serve();
    assert!(running.url().starts_with("https://127.0.0.1:"));
    let key = text(&place.admit("000000.clinic-1", "clinic"));
    let token = |ca: &str| {
        let mut command = hutong();
        command.args(["token", "--client-id", "000000.clinic-1", "--key", &key]);
        command.args(["--server", &running.url(), "--ca", ca]);
        said(&command.output().expect("it starts"))
    };
    let old = place.write("old.pem", std::fs::read(place.path("cert.pem")).expect("it"));
    assert_eq!(token(&text(&old)).0, 0);

    certificate(&place);
    let new = text(&place.path("cert.pem"));
    assert_eq!(token(&new).0, 3, "not read yet");
    running.signal("-HUP");
    let mut tries = 0;
    while token(&new).0 != 0 {
        tries += 1;
        assert!(tries < 50, "the new certificate is not used");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(token(&text(&old)).0, 3, "the old one is gone");

    // One that cannot be used leaves the running one alone.
    place.write("key.pem", "no key");
    running.signal("-HUP");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(token(&new).0, 0);
    assert_eq!(running.stop(), 0);
}

#[test]
fn a_child_passes_up_and_reconciles() {
    let root = Place::root();
    let parent = root.serve();
    let anchor = well(&root.run(&["keys", "anchor"]));
    let child = Place::init(&[
        "--region",
        "330000",
        "--name",
        "east",
        "--parent",
        &parent.url(),
        "--trust-anchor",
        anchor.trim(),
    ]);
    let jwks = root.write("east.jwks", well(&child.run(&["keys", "jwks"])));
    let arguments =
        ["member", "admit", "330000.node", "--kind", "node", "--name", "east", "--jwks"];
    well(&root.run(&[&arguments[..], &[&text(&jwks)]].concat()));
    let running = child.serve();
    child.admit("330000.clinic-1", "clinic");
    let file = text(&child.write("a.ndjson", dose()));
    well(&child.run(&["import", &file, "--as", "330000.clinic-1"]));
    let mut tries = 0;
    loop {
        let status = well(&child.run(&["status", "--json"]));
        let status: Value = serde_json::from_str(&status).expect("JSON");
        if status["outboxLag"] == 0 && status["trustList"].is_array() {
            break;
        }
        tries += 1;
        assert!(tries < 100, "{status}");
        std::thread::sleep(Duration::from_millis(50));
    }
    let rows = well(&child.run(&["reconcile", "--json"]));
    assert!(!rows.is_empty());
    for row in rows.lines() {
        let row: Value = serde_json::from_str(row).expect("JSON");
        assert_eq!(row["agrees"], true, "{row}");
    }
    let list = child.path("trust.list");
    well(&child.run(&["trust", "export", &text(&list)]));
    assert!(list.metadata().expect("a file").len() > 100);
    let doctor = child.run(&["doctor"]);
    let (code, stdout, _) = said(&doctor);
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains("✓ sign-in"), "{stdout}");
    assert_eq!(running.stop(), 0);
    assert_eq!(parent.stop(), 0);
}
