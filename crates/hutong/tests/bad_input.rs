//! What must not harm a node: wrong rows, huge lines, bombs, other encodings, tokens that are no
//! good. Each gets its clear error, and the node goes on serving.

mod processes;

use processes::{
    Node,
    hostile::{broken_lines, gzip, within_memory, workbook_bomb, wrong_rows},
    now,
    office::{NDJSON, Office, http, reply},
    people::child,
    succeeded, text,
};
use serde_json::{Value, json};
use std::{
    io::{Seek, SeekFrom, Write},
    path::Path,
};

const CSV: &str = "text/csv";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A node, a clinic of it, and the number of the next child that nobody knows.
struct Town {
    node: Node,
    clinic: Office,
    next: u32,
    _folder: tempfile::TempDir,
}

fn town() -> Town {
    let folder = tempfile::tempdir().expect("a folder");
    let node = Node::root(folder.path());
    let clinic = Office::admit(&node, "clinic-1", "clinic");
    Town { node, clinic, next: 5000, _folder: folder }
}

impl Town {
    fn good_dose(&mut self) -> Value {
        self.next += 1;
        child(self.next).dose(&format!("good-{}", self.next), "20", "2021-05-01")
    }

    /// The node still serves: a dose is admitted.
    async fn serves(&mut self) {
        let dose = self.good_dose();
        self.clinic.send(&self.node.url, "/fhir/Immunization", &dose).await.expect(201);
    }

    /// Sends a packed body; status and text of the answer.
    async fn packed(&self, path: &str, kind: &str, coding: &str, body: Vec<u8>) -> (u16, String) {
        // On a connection of its own: the node hangs up when it has seen enough.
        let token = self.clinic.token(&self.node.url).await.expect("signed in");
        let request = http().post(format!("{}{path}", self.node.url)).bearer_auth(token);
        let request = request.header("content-type", kind).header("content-encoding", coding);
        let answer = request.body(body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.node.folder.join(name);
        std::fs::write(&path, bytes).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    }

    /// `hutong import`; exit code and report.
    fn import(&self, arguments: &[&str]) -> (i32, Value) {
        let begin = ["import", "--json"].into_iter();
        let output = self.node.command(begin.chain(arguments.iter().copied()));
        let report = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        (output.status.code().expect("a code"), report)
    }
}

fn issue<'a>(issues: &'a Value, code: &str, field: &str) -> &'a Value {
    let found = issues.as_array().expect("issues").iter().find(|issue| {
        issue["severity"] == "error" && issue["code"] == code && issue["field"] == field
    });
    found.unwrap_or_else(|| panic!("no {code} at {field:?} in {issues}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_rows_are_told_and_stop_nothing() {
    let mut town = town();
    let url = town.node.url.clone();
    let (wrong, broken) = (wrong_rows(), broken_lines());
    let mut body = Vec::new();
    let mut line = |bytes: &[u8]| {
        body.extend_from_slice(bytes);
        body.push(b'\n');
    };
    let good = town.good_dose();
    for (_, resource, ..) in &wrong {
        line(resource.to_string().as_bytes());
    }
    for (_, bytes) in &broken {
        line(bytes);
    }
    line(good.to_string().as_bytes());
    let (status, answered) = town.clinic.admit_rows(&url, NDJSON, body).await.expect("an answer");
    assert_eq!(status, 200);
    assert_eq!(answered.count("rejected"), (wrong.len() + broken.len()) as u64);
    assert_eq!(answered.count("admitted"), 1);
    for (row, (what, _, code, field)) in answered.rows.iter().zip(&wrong) {
        let issue = issue(&row["issues"], code, field);
        assert_eq!(row["outcome"], "rejected", "{what}");
        assert!(!text(&issue["reason"]).is_empty() && !text(&issue["remedy"]).is_empty());
        println!("{what}: {}; {}", text(&issue["reason"]), text(&issue["remedy"]));
    }
    for (row, (what, _)) in answered.rows[wrong.len()..].iter().zip(&broken) {
        assert_eq!(row["outcome"], "rejected", "{what}: {row}");
        println!("{what}: {}", row["issues"][0]["reason"]);
    }
    // One by one, the status says it.
    for (what, resource, code, field) in &wrong {
        let answer = town.clinic.send(&url, "/fhir/Immunization", resource).await.expect(422);
        let outcome = &answer.body["issue"][0];
        assert_eq!(outcome["code"], *code, "{what}: {}", answer.body);
        assert_eq!(outcome["expression"][0], *field, "{what}: {}", answer.body);
    }
    for (what, bytes) in broken {
        let request =
            town.clinic.request(&url, "POST", "/fhir/Immunization").await.expect("a token");
        let request = request.header("content-type", "application/fhir+json").body(bytes);
        let answer = reply(request).await.expect("an answer");
        assert_eq!(answer.status, 400, "{what}: {}", answer.body);
        assert_eq!(answer.body["resourceType"], "OperationOutcome", "{what}: {}", answer.body);
    }
    town.serves().await;
    let log = std::fs::read_to_string(town.node.log()).expect("a log");
    let who = child(1);
    assert!(!log.contains(&who.number) && !log.contains(&who.name), "person data in the log");
}

#[test]
fn rejected_rows_can_be_mended_and_sent_again() {
    let mut town = town();
    let (good, wrong) = (town.good_dose(), wrong_rows());
    let mut body = format!("{good}\n");
    for (_, resource, ..) in &wrong {
        body.push_str(&format!("{resource}\n"));
    }
    let file = town.file("rows.ndjson", &body);
    let rejects = town.node.folder.join("rejects.ndjson");
    let rejects = rejects.to_str().expect("UTF-8");
    let (exit, report) = town.import(&["--as", "000000.clinic-1", "--rejects", rejects, &file]);
    assert_eq!((exit, &report["total"]["rejected"]), (1, &json!(wrong.len())), "{report}");
    assert_eq!(report["total"]["admitted"], 1);
    // Mended: the one whose date does not exist.
    let kept = std::fs::read_to_string(rejects).expect("rejects");
    assert_eq!(kept.lines().filter(|line| line.contains("\"w4\"")).count(), 1, "{kept}");
    let mended: String = kept
        .lines()
        .filter(|line| line.contains("\"w4\""))
        .map(|line| line.replace("2021-02-30", "2021-02-28") + "\n")
        .collect();
    let file = town.file("mended.ndjson", mended);
    let (exit, report) = town.import(&["--as", "000000.clinic-1", &file]);
    assert_eq!((exit, &report["total"]["admitted"]), (0, &json!(1)), "{report}");

    // The same over HTTP, as a spreadsheet.
    let who = child(3);
    let sheet = format!(
        "记录编号,姓名,证件类型,证件号码,疫苗名称,接种日期\n\
         r1,{0},居民身份证,{1},百白破疫苗,2021-03-01\n\
         r2,{0},居民身份证,{1},不存在的疫苗,2021-03-01\n\
         r3,{0},居民身份证,{1},百白破疫苗,2019-03-01\n",
        who.name, who.number
    );
    let key = town.node.folder.join("clinic-2.pem");
    let key = key.to_str().expect("UTF-8");
    let set = town.file("clinic-2.json", town.node.does(["key", key]));
    let kind = ["--kind", "clinic", "--name", "2", "--jwks", &set];
    town.node.does(["member", "admit", "000000.clinic-2"].into_iter().chain(kind));
    let sign_in = ["--server", &town.node.url, "--client-id", "000000.clinic-2", "--key", key];
    let file = town.file("rows.csv", sheet);
    let rejects = town.node.folder.join("rejects.csv");
    let rejects = rejects.to_str().expect("UTF-8");
    let (exit, report) = town.import(&[&sign_in[..], &["--rejects", rejects, &file]].concat());
    assert_eq!((exit, &report["total"]["rejected"]), (1, &json!(2)), "{report}");
    let mended = std::fs::read_to_string(rejects).expect("rejects");
    let mended = mended.replace("不存在的疫苗", "百白破疫苗").replace("2019-03-01", "2021-04-01");
    let file = town.file("mended.csv", mended);
    let (exit, report) = town.import(&[&sign_in[..], &[file.as_str()]].concat());
    assert_eq!((exit, &report["total"]["admitted"]), (0, &json!(2)), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_a_gigabyte_takes_no_memory() {
    const PIECE: usize = 256 * 1024;
    const PIECES: usize = 1024 * 1024 * 1024 / PIECE;
    static LINE: [u8; PIECE] = [b'x'; PIECE];
    let mut town = town();
    let (first, last) = (town.good_dose(), town.good_dose());
    let url = town.node.url.clone();
    town.serves().await;
    let pieces = std::iter::once(format!("{first}\n").into_bytes())
        .chain((0..PIECES).map(|_| LINE.to_vec()))
        .chain([format!("\n{last}\n").into_bytes()]);
    let body =
        reqwest::Body::wrap_stream(futures::stream::iter(pieces.map(Ok::<_, std::io::Error>)));
    let sending = town.clinic.admit_rows(&url, NDJSON, body);
    let (status, answered) =
        within_memory(&town.node, "a line of 1 GiB", sending).await.expect("an answer");
    assert_eq!(status, 200);
    assert_eq!((answered.count("admitted"), answered.count("rejected")), (2, 1));
    assert_eq!(answered.rows[1]["line"], 2, "{:?}", answered.rows);
    assert_eq!(answered.rows[1]["issues"][0]["code"], "too-long");
    println!("{}", answered.rows[1]["issues"][0]);

    // As a file of the operator, and where a whole body is expected.
    let path = town.node.folder.join("long.ndjson");
    let mut file = std::fs::File::create(&path).expect("a file");
    let (first, last) = (town.good_dose(), town.good_dose());
    writeln!(file, "{first}").expect("written");
    file.seek(SeekFrom::Current(1 << 30)).expect("a hole");
    write!(file, "\n{last}\n").expect("written");
    drop(file);
    let path = path.to_str().expect("UTF-8");
    let work =
        async { tokio::task::block_in_place(|| town.import(&["--as", "000000.clinic-1", path])) };
    let (exit, report) = within_memory(&town.node, "a file with such a line", work).await;
    assert_eq!((exit, &report["total"]["admitted"]), (1, &json!(2)), "{report}");
    assert_eq!(report["reasons"][0]["code"], "too-long", "{report}");
    let pieces = (0..PIECES).map(|_| Ok::<_, std::io::Error>(LINE.to_vec()));
    let body = reqwest::Body::wrap_stream(futures::stream::iter(pieces));
    let request = town.clinic.request(&url, "POST", "/fhir/Immunization").await.expect("a token");
    let request = request.header("content-type", "application/fhir+json").body(body);
    let sending = reply(request);
    let answer = within_memory(&town.node, "a resource of 1 GiB", sending).await;
    // The node answers before it has read everything; the sender may only see that it hung up.
    assert!(answer.as_ref().map_or(true, |answer| answer.status == 413), "{answer:?}");
    town.serves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bombs_do_not_go_off() {
    let mut town = town();
    town.serves().await;
    let (blanks, lines) = (gzip("", " "), gzip("", "\n"));
    let rows = gzip("记录编号,证件号码,疫苗名称,接种日期\n", ",,,\n");
    let zstd = zstd::bulk::compress(&vec![b' '; 512 << 20], 3).expect("packed");
    let workbook = workbook_bomb();
    println!(
        "bombs of {}, {}, {} and {} bytes",
        blanks.len(),
        lines.len(),
        zstd.len(),
        workbook.len()
    );
    for (what, coding, bomb) in [("gzip", "gzip", &blanks), ("zstd", "zstd", &zstd)] {
        let sending =
            town.packed("/fhir/Immunization", "application/fhir+json", coding, bomb.clone());
        let (status, said) = within_memory(&town.node, what, sending).await;
        assert_eq!(status, 413, "{what}: {said}");
    }
    let streams = [
        ("gzip of blanks", NDJSON, "gzip", &blanks),
        ("gzip of empty lines", NDJSON, "gzip", &lines),
        ("gzip of empty rows", CSV, "gzip", &rows),
        ("zstd of blanks", NDJSON, "zstd", &zstd),
        ("a workbook", XLSX, "identity", &workbook),
    ];
    for (what, kind, coding, bomb) in streams {
        let sending = town.packed("/v1/admissions", kind, coding, bomb.clone());
        let (status, said) = within_memory(&town.node, what, sending).await;
        // The answer has begun when the bomb is found: the last line says it.
        let last: Value =
            serde_json::from_str(said.lines().last().unwrap_or_default()).unwrap_or_default();
        assert_eq!((status, &last["problem"]["status"]), (200, &json!(413)), "{what}: {last}");
        assert_eq!(last["problem"]["type"], "urn:hutong:problem:too-large", "{what}");
        println!("{what}: {}", last["problem"]["detail"]);
    }
    for (name, bomb) in
        [("bomb.ndjson.gz", &blanks), ("bomb.csv.gz", &rows), ("bomb.xlsx", &workbook)]
    {
        let file = town.file(name, bomb);
        let work = async {
            tokio::task::block_in_place(|| town.import(&["--as", "000000.clinic-1", &file]))
        };
        let (exit, report) = within_memory(&town.node, name, work).await;
        assert_eq!(exit, 1, "{report}");
        let refused = !report["broken"].as_array().expect("a list").is_empty();
        assert!(refused || report["total"]["rejected"] != 0, "{name}: {report}");
        assert_eq!(report["total"]["admitted"], 0, "{name}");
        println!("{name}: {}", report["broken"][0]["reason"]);
    }
    town.serves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_encodings_are_read() {
    let mut town = town();
    let url = town.node.url.clone();
    let who = child(9);
    let sheet = |from: u32| {
        let row = |n: u32| {
            let date = format!("2021-{:02}-01", 1 + n % 12);
            format!("r{n},{},居民身份证,{},百白破疫苗,{date},杭州市\r\n", who.name, who.number)
        };
        let head = "记录编号,姓名,证件类型,证件号码,疫苗名称,接种日期,备注\r\n";
        head.to_owned() + &(from..from + 500).map(row).collect::<String>()
    };
    let gb18030 = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    let utf16 = |text: &str| {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    for (what, from, bytes) in [
        ("GB18030", 0, gb18030(&sheet(0))),
        ("UTF-16", 1000, utf16(&sheet(1000))),
        ("UTF-8", 2000, sheet(2000).into_bytes()),
    ] {
        let (status, answered) =
            town.clinic.admit_rows(&url, CSV, bytes.clone()).await.expect("an answer");
        assert_eq!((status, answered.count("admitted")), (200, 500), "{what}: {}", answered.last);
        let file = town.file(&format!("{from}.csv"), bytes);
        let (exit, report) = town.import(&["--as", "000000.clinic-1", &file]);
        assert_eq!((exit, &report["total"]["duplicate"]), (0, &json!(500)), "{what}: {report}");
    }
    assert_eq!(town.node.standing()["persons"], 1);
    town.serves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_are_no_good() {
    let mut town = town();
    let url = town.node.url.clone();
    let refused = async |office: &Office, assertion: &str, word: &str| {
        let answer = office.ask_token(&url, assertion).await.expect("an answer").expect(401);
        assert_eq!(answer.body["error"], "invalid_client", "{}", answer.body);
        let said = text(&answer.body["error_description"]);
        assert!(said.contains(word), "{said}");
        println!("{said}");
    };
    let clinic = &town.clinic;
    refused(clinic, &clinic.assertion(now().plus_s(-3600)), "expired").await;
    refused(clinic, &clinic.assertion(now().plus_s(3600)), "ahead").await;
    let once = clinic.assertion(now());
    clinic.ask_token(&url, &once).await.expect("an answer").expect(200);
    refused(clinic, &once, "used before").await;
    let (signed, signature) = once.rsplit_once('.').expect("a JWT");
    let turned: String = signature.chars().rev().collect();
    refused(clinic, &format!("{signed}.{turned}"), "signed").await;
    refused(clinic, "no token", "not a signed JWT").await;

    let bearer = async |url: &str, token: &str| {
        let request = http().get(format!("{url}/v1/correction-requests")).bearer_auth(token);
        reply(request).await.expect("an answer").status
    };
    let token = clinic.token(&url).await.expect("signed in");
    let mut other = token.clone().into_bytes();
    let at = other.len() - 3;
    other[at] = if other[at] == b'A' { b'B' } else { b'A' };
    let other = String::from_utf8(other).expect("ASCII");
    for bad in ["", "x", other.as_str()] {
        assert_eq!(bearer(&url, bad).await, 401, "{bad}");
    }
    // A suspended member's token ends at once.
    let second = Office::admit(&town.node, "clinic-2", "clinic");
    let dose = child(70).dose("d70", "20", "2021-05-01");
    second.send(&url, "/fhir/Immunization", &dose).await.expect(201);
    succeeded(town.node.command(["member", "suspend", "000000.clinic-2"]));
    second.send(&url, "/fhir/Immunization", &dose).await.expect(401);
    refused(&second, &second.assertion(now()), "suspended").await;
    town.serves().await;

    // What was used once stays used, and what another process signed is worth nothing.
    pin_address(&town.node.config(), &url);
    town.node.kill();
    town.node.start();
    assert_eq!(town.node.url, url);
    refused(&town.clinic, &once, "used before").await;
    assert_eq!(bearer(&url, &token).await, 401);
    town.clinic.forget_token();
    town.serves().await;
}

/// Has the node listen where it did.
fn pin_address(config: &Path, url: &str) {
    let text = std::fs::read_to_string(config).expect("a configuration");
    let pinned = text.replace("127.0.0.1:0", url.trim_start_matches("http://"));
    std::fs::write(config, pinned).expect("written");
}
