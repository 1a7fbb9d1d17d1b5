//! A root and a child of it, both of which tests stop, and start again.
#![allow(dead_code, reason = "not every test uses every helper")]

use super::common::{Place, text, well};
use serde_json::Value;
use std::net::TcpListener;

/// A dose of a child that has an id and a lot of its own.
fn dose(id: u32) -> String {
    format!(
        "{{\"resourceType\":\"Immunization\",\"id\":\"d{id}\",\"status\":\"completed\",\"lotNumber\":\
         \"L{id}\",\"vaccineCode\":{{\"coding\":[{{\"system\":\"http://hl7.org/fhir/sid/cvx\",\
         \"code\":\"08\"}}]}},\"patient\":{{\"identifier\":{{\"system\":\
         \"urn:oid:2.16.156.10011.1.3\",\"value\":\"11010519491231002X\"}}}},\
         \"occurrenceDateTime\":\"2020-06-02\",\"primarySource\":true}}\n"
    )
}

/// Has the child's clinic send doses.
pub fn import(place: &Place, doses: std::ops::Range<u32>) {
    let file = place.write("doses.ndjson", doses.map(dose).collect::<String>());
    well(&place.run(&["import", &text(&file), "--as", "330000.clinic-1"]));
}

/// How a node stands.
pub fn status(place: &Place) -> Value {
    serde_json::from_str(&well(&place.run(&["status", "--json"]))).expect("JSON")
}

/// Waits until a node's parent has `doses` doses of it, each once.
pub fn wait_agreed(child: &Place, doses: u64) {
    let mut tries = 0;
    loop {
        let agreed = child.run(&["reconcile", "--check-only", "--json"]);
        let rows: Vec<Value> = String::from_utf8_lossy(&agreed.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let above = |name: &str| rows.iter().filter_map(|row| row[name].as_u64()).sum::<u64>();
        if status(child)["outboxLag"] == 0 && above("above") > doses && agreed.status.success() {
            return;
        }
        tries += 1;
        assert!(tries < 200, "{doses} doses: {rows:?}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

/// A root that keeps its address, and a child of it.
pub fn tree(prepare_root: impl FnOnce(&Place)) -> (Place, Place) {
    let root = Place::root();
    prepare_root(&root);
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    root.configure("127.0.0.1:0", &free.to_string());
    let anchor = well(&root.run(&["keys", "anchor"]));
    let parent = format!("http://{free}");
    let arguments = ["--region", "330000", "--name", "east", "--parent", &parent];
    let child = Place::init(&[&arguments[..], &["--trust-anchor", anchor.trim()]].concat());
    let jwks = root.write("east.jwks", well(&child.run(&["keys", "jwks"])));
    let arguments = ["member", "admit", "330000.node", "--kind", "node", "--name", "east"];
    well(&root.run(&[&arguments[..], &["--jwks", &text(&jwks)]].concat()));
    (root, child)
}
