//! The protocol, spoken with the real program.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

struct Region {
    child: Child,
    address: String,
}

impl Region {
    fn start(options: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_opaque-region"))
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let ready: Value = serde_json::from_str(&line).expect("JSON");
        let address = ready["listening"].as_str().expect("an address").to_owned();
        Self { child, address }
    }

    async fn issue(&self, signals: &[&str]) -> Value {
        let body = json!({ "name": "王芳", "idcard": "520102199001010021", "signals": signals });
        let url = format!("http://{}/app/code", self.address);
        let answer = reqwest::Client::new().post(url).json(&body).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    async fn ask(&self, token: &str, code: &str) -> reqwest::Response {
        let url = format!("http://{}/qrcode/query?token={token}&code={code}", self.address);
        reqwest::get(url).await.expect("an answer")
    }

    async fn query(&self, code: &str) -> Value {
        self.ask("demo-token", code).await.json().await.expect("JSON")
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn codes_are_issued_and_explained() {
    let region = Region::start(&[]);
    for (signals, color) in
        [(&[][..], "green"), (&["risk_area"], "yellow"), (&["risk_area", "confirmed"], "red")]
    {
        let issued = region.issue(signals).await;
        let code = issued["data"]["code"].as_str().expect("a code");
        assert_eq!(code.len(), 27);
        let found = region.query(code).await;
        assert_eq!(found["errcode"], 0);
        assert_eq!(found["data"]["color"], color);
        assert_eq!(found["data"]["name"], "王*");
        assert_eq!(found["data"]["idcard"], "5201**********0021");
    }
    assert_eq!(region.query("GZMaaaaaaaaaaaaaaaaaaaaaaaa").await["errcode"], 40401);
    assert_eq!(region.query("HT1:whatever").await["errcode"], 40002);
    let wrong: Value = region.ask("other", "GZM").await.json().await.expect("JSON");
    assert_eq!(wrong["errcode"], 40001);
}

#[tokio::test]
async fn faults_are_played() {
    let expired = Region::start(&["--ttl-s", "0"]);
    let issued = expired.issue(&[]).await;
    let code = issued["data"]["code"].as_str().expect("a code");
    assert_eq!(expired.query(code).await["errcode"], 40402);
    let busy = Region::start(&["--fail-rate", "1", "--latency-ms", "50", "--sign-key", "k"]);
    let started = std::time::Instant::now();
    let answer = busy.ask("demo-token", code).await;
    assert!(started.elapsed().as_millis() >= 50);
    assert_eq!(answer.headers()["x-healthcode-resp-sign"].len(), 64);
    assert_eq!(answer.json::<Value>().await.expect("JSON")["errcode"], 50003);
}

#[test]
fn a_signal_ends_it() {
    let mut region = Region::start(&[]);
    let pid = region.child.id().to_string();
    let status = Command::new("kill").args(["-TERM", &pid]).status().expect("kill");
    assert!(status.success());
    assert!(region.child.wait().expect("it ends").success());
}
