//! What a store consists of, as tables whose rows mean the same in every back end.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// A value, in the form that the embedded store keeps it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Bytes(Vec<u8>),
    Text(String),
}

/// What a column is in PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int2,
    Int4,
    Int8,
    Bool,
    /// Sixteen bytes.
    Uuid,
    Bytes,
    Text,
    /// Text that comes from outside: bytes there, text here.
    OuterText,
    /// Sixteen bytes here, a decimal number there.
    Sum,
}

/// A column: its name in both back ends, and what it is.
pub(crate) type Column = (&'static str, Kind);

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [Column],
    /// For tables that only grow: what orders their rows, so that a copy can go on after a row. In
    /// the embedded store, and in PostgreSQL.
    pub(crate) file_key: &'static [Column],
    pub(crate) server_key: &'static [Column],
    /// What rows are read from, where it is not the table itself.
    pub(crate) file_from: &'static str,
    pub(crate) server_from: &'static str,
    /// It lies in the access log's file in the embedded store.
    pub(crate) in_access_log: bool,
}

impl Table {
    /// Whether rows are only ever added.
    pub(crate) fn grows(&self) -> bool {
        !self.file_key.is_empty()
    }
}

/// A row, and what it is ordered by where the table grows.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: Vec<Value>,
    pub(crate) values: Vec<Value>,
}

/// How many rows, and the wrapping sum of the first half of SHA-256 over each: the same whatever
/// the order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) rows: u64,
    sum: u128,
}

impl Tally {
    pub(crate) fn add(&mut self, values: &[Value]) {
        let mut bytes = Vec::with_capacity(512);
        for value in values {
            let (tag, part): (u8, &[u8]) = match value {
                Value::Null => (0, &[]),
                Value::Int(number) => (1, &number.to_be_bytes()),
                Value::Bytes(part) => (2, part),
                Value::Text(text) => (3, text.as_bytes()),
            };
            bytes.push(tag);
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        let mut half = [0; 16];
        half.copy_from_slice(&digest(&SHA256, &bytes).as_ref()[..16]);
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(half));
        self.rows += 1;
    }
}

const fn plain(name: &'static str, columns: &'static [Column]) -> Table {
    Table {
        name,
        columns,
        file_key: &[],
        server_key: &[],
        file_from: name,
        server_from: name,
        in_access_log: false,
    }
}

use Kind::{Bool, Bytes, Int2, Int4, Int8, OuterText, Sum, Text, Uuid};

/// The journal: bodies are sealed for entry and person, so they are copied unopened.
pub(crate) const ENTRY: Table = Table {
    file_key: &[("seq", Int8)],
    server_key: &[("seq", Int8)],
    ..plain(
        "entry",
        &[
            ("seq", Int8),
            ("person", Uuid),
            ("id", Uuid),
            ("member", Int4),
            ("day", Int4),
            ("kind", Int2),
            ("local", Bool),
            ("blind", Uuid),
            ("body", Bytes),
        ],
    )
};

/// Who looked at whom.
pub(crate) const ACCESS: Table = Table {
    file_key: &[("seq", Int8)],
    server_key: &[("at", Int8), ("n", Int8), ("person", Uuid)],
    in_access_log: true,
    ..plain("access", &[("person", Uuid), ("at", Int8), ("body", Bytes)])
};

/// What documents lead to. It follows from the journal, and is kept by itself in PostgreSQL alone.
pub(crate) const LEADS: Table = Table {
    file_from: "(SELECT blind, CASE kind WHEN 10 THEN person END AS person, max(seq)
        FROM entry WHERE blind IS NOT NULL GROUP BY blind)",
    ..plain("document_lead", &[("blind", Uuid), ("person", Uuid)])
};

/// Links between persons; kept once for each pair here, in both directions there.
pub(crate) const LINKS: Table = Table {
    server_from: "person_link WHERE a < b",
    ..plain("person_link", &[("a", Uuid), ("b", Uuid), ("linked", Bool), ("entry", Uuid)])
};

/// Tables that are copied whole, each in one transaction.
pub(crate) const WHOLE: [Table; 17] = [
    plain("origin", &[("number", Int4), ("member", Text)]),
    plain(
        "origin_day",
        &[
            ("member", Int4),
            ("day", Int4),
            ("count", Int8),
            ("digest", Sum),
            ("first", Int8),
            ("last", Int8),
        ],
    ),
    LINKS,
    plain(
        "correction",
        &[
            ("request", Uuid),
            ("record", Uuid),
            ("member", Int4),
            ("person", Uuid),
            ("answer", Uuid),
        ],
    ),
    plain("inbox", &[("node", Text), ("seq", Int8)]),
    plain(
        "consent",
        &[
            ("id", OuterText),
            ("person", Uuid),
            ("member", Text),
            ("purpose", Text),
            ("expires", Int8),
            ("body", Text),
        ],
    ),
    plain("standing", &[("person", Uuid), ("event", Text), ("due", Int8), ("body", Bytes)]),
    plain("whereabouts", &[("place", Uuid), ("person", Uuid)]),
    plain("leaf", &[("number", Int8), ("body", Bytes)]),
    plain("feed", &[("number", Int8), ("region", Text), ("body", Bytes)]),
    plain(
        "registry",
        &[
            ("version", Int8),
            ("collection", Text),
            ("key", OuterText),
            ("at", Int8),
            ("body", Bytes),
        ],
    ),
    plain("setting", &[("name", Text), ("value", Bytes)]),
    plain("used_once", &[("scope", Text), ("token", OuterText), ("expires", Int8)]),
    plain(
        "one_time_code",
        &[("id", OuterText), ("person", Uuid), ("hash", Bytes), ("expires", Int8), ("tries", Int4)],
    ),
    plain("session", &[("hash", Bytes), ("person", Uuid), ("expires", Int8)]),
    plain(
        "device",
        &[
            ("id", OuterText),
            ("person", Uuid),
            ("cose_key", Bytes),
            ("registered", Int8),
            ("revoked", Int8),
        ],
    ),
    plain(
        "tally",
        &[
            ("facet", Int2),
            ("day", Int4),
            ("region", Text),
            ("member", Text),
            ("what", Text),
            ("dose", Int4),
            ("age", Int2),
            ("sex", Int2),
            ("count", Int8),
        ],
    ),
];

/// `SELECT` of key and columns, with places for what to go on after.
pub(crate) fn select(
    from: &str,
    key: &[Column],
    columns: &[Column],
    after: bool,
    name: impl Fn(&Column) -> String,
    place: impl Fn(usize) -> String,
) -> String {
    let names: Vec<String> = key.iter().chain(columns).map(name).collect();
    let mut sql = format!("SELECT {} FROM {from}", names.join(", "));
    if !key.is_empty() {
        let keys: Vec<&str> = key.iter().map(|(name, _)| *name).collect();
        let keys = keys.join(", ");
        if after {
            let places: Vec<String> = (1..=key.len()).map(place).collect();
            sql.push_str(&format!(" WHERE ({keys}) > ({})", places.join(", ")));
        }
        sql.push_str(&format!(" ORDER BY {keys}"));
    }
    sql
}

/// Names of columns, for an `INSERT` or a `COPY`.
pub(crate) fn names(columns: &[Column]) -> String {
    columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
