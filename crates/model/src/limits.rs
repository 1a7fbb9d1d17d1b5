//! A limit on everything, named in one place.

/// Longest text field of a record, in bytes.
pub const TEXT_BYTES_MAX: usize = 512;
/// Longest code of a coding, in bytes.
pub const CODE_BYTES_MAX: usize = 128;
/// Longest identifier value (a document number, a member's own record id), in bytes.
pub const IDENTIFIER_BYTES_MAX: usize = 128;
/// Longest URI (an identifier or code system), in bytes.
pub const URI_BYTES_MAX: usize = 256;
/// Most documents one submission may state for a person.
pub const DOCUMENTS_PER_SUBJECT_MAX: usize = 16;
/// Most guardians one submission may state for a person.
pub const GUARDIANS_PER_SUBJECT_MAX: usize = 8;
/// Most codings kept of one coded value.
pub const CODINGS_MAX: usize = 8;
/// Deepest nesting of JSON that is read.
pub const JSON_DEPTH_MAX: usize = 64;
/// Longest line of an NDJSON file or spreadsheet row, in bytes.
pub const LINE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest single request body that is read whole (a Bundle, one resource), in bytes.
pub const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Most bytes a compressed body may unpack to for each byte sent.
pub const INFLATE_RATIO_MAX: u64 = 200;
/// Most bytes a compressed spreadsheet may unpack to.
pub const SPREADSHEET_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Rows admitted in one transaction at most.
pub const ADMIT_BATCH_MAX: usize = 4096;
/// Admission batches waiting for the writer at most; more are refused with 429.
pub const ADMIT_QUEUE_MAX: usize = 64;
/// Entries passed to the parent in one request at most.
pub const OUTBOX_BATCH_MAX: usize = 4096;
/// Bytes of one node-to-node batch after unpacking at most.
pub const OUTBOX_BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Entries of one person that a history returns at most in one page.
pub const HISTORY_PAGE_MAX: usize = 1000;
/// Entries in one history page when the request does not say.
pub const HISTORY_PAGE_DEFAULT: usize = 100;
/// Persons that may be linked into one cluster at most.
pub const CLUSTER_MAX: usize = 64;
/// Entries of the feed in one answer at most.
pub const FEED_PAGE_MAX: usize = 1000;
/// Longest wait of a feed long poll, in seconds.
pub const FEED_WAIT_S_MAX: u64 = 55;
/// Longest life of an access token, in seconds.
pub const ACCESS_TOKEN_S: i64 = 300;
/// Longest life of a client assertion (SMART Backend Services), in seconds.
pub const CLIENT_ASSERTION_S_MAX: i64 = 300;
/// Clock difference between two systems that is forgiven, in seconds.
pub const CLOCK_SKEW_S_MAX: i64 = 60;
/// How long a presentation stays fresh after it was made, in seconds.
pub const PRESENTATION_S_MAX: i64 = 60;
/// How long a presentation grants its reader access to the history, in seconds.
pub const PRESENTATION_GRANT_S: i64 = 15 * 60;
/// Longest life of an assertion, in seconds.
pub const ASSERTION_S_MAX: i64 = 24 * 3600;
/// Longest text of a code that a verifier reads, in bytes.
pub const CODE_TEXT_BYTES_MAX: usize = 16 * 1024;
/// Codes in one verification request at most.
pub const VERIFICATIONS_MAX: usize = 1000;
/// Time that a call to another code system may take, in milliseconds.
pub const CALLBACK_MS_MAX: u64 = 2_000;
/// Time that a question to the parent may take before a node answers alone, in milliseconds.
pub const PARENT_MS_MAX: u64 = 3_000;
/// How long a one-time code may be used, in seconds.
pub const ONE_TIME_CODE_S: i64 = 300;
/// Wrong one-time codes before the code is void.
pub const ONE_TIME_CODE_TRIES_MAX: u32 = 5;
/// Life of a resident's session, in seconds.
pub const SESSION_S: i64 = 12 * 3600;
/// Persons that one resident may look after.
pub const WARDS_MAX: usize = 10;
/// How long a trust list is fresh after it was made, in seconds.
pub const TRUST_FRESH_S: i64 = 24 * 3600;
/// How long past its freshness a trust list is still used, with a warning, in seconds.
pub const TRUST_GRACE_S: i64 = 6 * 24 * 3600;
