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
/// Most steps that one evaluation of a `CertLogic` expression takes: rounds of `reduce`, by the
/// size of what each evaluates, and items that `in` and `===` look at.
pub const CERTLOGIC_STEPS_MAX: u32 = 1_000_000;
/// Most business rules that one document holds, and that are read together.
pub const RULES_MAX: usize = 65_536;
/// Largest document of business rules or value sets, in bytes.
pub const RULE_DOCUMENT_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Most certificates of one person that are judged together.
pub const CERTIFICATES_PER_PERSON_MAX: usize = 256;
/// Most objects and lists within one FHIR resource that is kept: each takes a hundred times as
/// much memory as the two characters that it may be written with.
pub const RESOURCE_PARTS_MAX: usize = 20_000;
/// Most entries of a Bundle, those of Bundles within it counted too.
pub const BUNDLE_ENTRIES_MAX: usize = 100_000;
/// Performers of one record that are looked at.
pub const PERFORMERS_MAX: usize = 16;
/// Errors, and warnings, that are listed for one resource.
pub const ISSUES_PER_RESOURCE_MAX: usize = 100;
/// Longest line of an NDJSON file or spreadsheet row, in bytes.
pub const LINE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest single request body that is read whole (a Bundle, one resource), in bytes.
pub const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Most bytes a compressed body may unpack to for each byte sent.
pub const INFLATE_RATIO_MAX: u64 = 200;
/// Most bytes a compressed spreadsheet may unpack to.
pub const SPREADSHEET_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Most columns of a spreadsheet.
pub const SHEET_COLUMNS_MAX: usize = 512;
/// Rows at the top of a spreadsheet among which the headings are looked for.
pub const SHEET_HEADING_ROWS_MAX: usize = 10;
/// Most bytes of the shared strings of a workbook, the only part of it that is held in memory.
pub const SHEET_STRINGS_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Most shared strings of a workbook.
pub const SHEET_STRINGS_MAX: usize = 1 << 24;
/// Most rejected rows in one workbook of rejects; more go into CSV.
pub const SHEET_REJECTS_XLSX_MAX: u32 = 100_000;
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
/// Longest life of a certificate of records, which carries no level, in seconds: five years.
pub const CERTIFICATE_S_MAX: i64 = (5 * 365 + 2) * 24 * 3600;
/// Most records of one certificate of ours.
pub const CERTIFICATE_RECORDS_MAX: usize = 64;
/// Longest text of a code that a verifier reads, in bytes.
pub const CODE_TEXT_BYTES_MAX: usize = 16 * 1024;
/// Codes in one verification request at most.
pub const VERIFICATIONS_MAX: usize = 1000;
/// Children in one entry check.
pub const ENTRY_CHECK_CHILDREN_MAX: usize = 200;
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
/// Longest name of a ledger or of a witness, in bytes.
pub const LEDGER_NAME_BYTES_MAX: usize = 255;
/// Largest signed note (a checkpoint with its cosignatures), in bytes.
pub const LEDGER_NOTE_BYTES_MAX: usize = 64 * 1024;
/// Most signatures of one note.
pub const LEDGER_NOTE_SIGNATURES_MAX: usize = 64;
/// Largest inclusion proof or request to a witness, in bytes.
pub const LEDGER_PROOF_BYTES_MAX: usize = 128 * 1024;
/// Largest leaf of the ledger, in bytes.
pub const LEDGER_LEAF_BYTES_MAX: usize = 4096;
/// Longest name of an event, a pack, a rule or a reason in a leaf, in bytes.
pub const LEDGER_LABEL_BYTES_MAX: usize = 64;
/// Most rules, and most approving organisations, that one leaf names.
pub const LEDGER_LEAF_NAMES_MAX: usize = 16;
/// Most records that the private part of a leaf names.
pub const LEDGER_EVIDENCE_MAX: usize = 256;
/// Largest opening of a leaf, in bytes.
pub const LEDGER_OPENING_BYTES_MAX: usize = 8 * 1024;
/// Leaves of one checkpoint at most; more wait for the next.
pub const LEDGER_BATCH_LEAVES_MAX: usize = 1 << 18;
/// How long a leaf waits for the next checkpoint at most, in milliseconds.
pub const LEDGER_BATCH_MS_MAX: i64 = 1_000;
/// Leaves at the end of the ledger among which one that is sent again is recognised.
pub const LEDGER_RECENT_LEAVES: usize = 1 << 16;
/// Most different rows of the published counts of one ledger.
pub const LEDGER_COUNT_ROWS_MAX: usize = 1 << 20;
/// How soon after an inclusion promise the leaf must be in a published checkpoint, in seconds.
pub const LEDGER_MERGE_S_MAX: i64 = 60;
/// Most bytes of a code after Base45 and inflation.
pub const PRESENTATION_BYTES_MAX: usize = 8 * 1024;
/// Most reasons that one assertion carries.
pub const ASSERTION_REASONS_MAX: usize = 8;
/// Largest trust list, in bytes of CBOR.
pub const TRUST_LIST_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Largest signed revocation list or status list token, in bytes.
pub const REVOCATION_LIST_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Largest revocation filter, hash list or unpacked status list, in bytes.
pub const REVOCATION_FILTER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most hashes of one kind in a member's own revocation list.
pub const REVOCATION_ENTRIES_MAX: usize = 1 << 24;
/// Most entries of one batch of hashes, or of one list of card ids.
pub const REVOCATION_BATCH_ENTRIES_MAX: usize = 1 << 20;
/// Most entries of one kind (keys, regions, adapters, exceptions) in a trust list.
pub const TRUST_ENTRIES_MAX: usize = 65_536;
/// How long a grant given on a member's application lasts, in seconds.
pub const APPLICATION_GRANT_S: i64 = 30 * 24 * 3600;
/// Searches whose results are kept for paging at most.
pub const SEARCHES_MAX: usize = 10_000;
/// Records that one reason of a decision lists at most, the newest; more are only counted.
pub const EVIDENCE_LISTED_MAX: usize = 64;
/// Rows that the store's writer takes into one transaction at most (a larger batch goes alone).
pub const COMMIT_ROWS_MAX: usize = 16_384;
/// How far a read replica of the store may be behind to be asked all the same, in seconds.
pub const REPLICA_LAG_S_MAX: u64 = 10;
/// Master keys of a store at most; older ones are dropped after re-sealing.
pub const STORE_KEYS_MAX: usize = 16;
/// Most bytes of a foreign certificate after unpacking.
pub const FOREIGN_BYTES_MAX: usize = 64 * 1024;
/// Most keys of foreign issuers that are trusted.
pub const FOREIGN_KEYS_MAX: usize = 65_536;
/// Largest file of foreign keys, in bytes.
pub const FOREIGN_TRUST_FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Largest trust file that a node takes and passes down, in bytes: the EU gateway's list of all
/// signers has less than one million.
pub const NODE_TRUST_FILE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most trust files that a node holds.
pub const NODE_TRUST_FILES_MAX: usize = 64;
/// Largest X.509 certificate, in bytes.
pub const CERTIFICATE_BYTES_MAX: usize = 16 * 1024;
/// Most certificates of one chain.
pub const CERTIFICATE_CHAIN_MAX: usize = 8;
/// Most records, or entries of a bundle, of one foreign certificate.
pub const FOREIGN_RECORDS_MAX: usize = 256;
/// Most codes that one card is spread over, and cards of one file.
pub const CARD_CHUNKS_MAX: usize = 64;
/// Longest certificate of ours, in characters: a QR code of version 25 or so, which is read from
/// paper by any telephone.
pub const CERTIFICATE_QR_CHARACTERS_MAX: usize = 1200;
/// Largest document that a root publishes, in bytes.
pub const PUBLISHED_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Largest text of what a region adds to the immunization programme, in bytes.
pub const PROGRAMME_PACK_BYTES_MAX: usize = 256 * 1024;
/// Longest that such an addition lasts before it is filed anew, in days: ten years.
pub const PROGRAMME_PACK_DAYS_MAX: i32 = 3653;
/// Most additions of one region that are ever filed.
pub const PROGRAMME_PACKS_MAX: usize = 64;
/// Longest statement of what an addition rests on, in bytes.
pub const PROGRAMME_EVIDENCE_BYTES_MAX: usize = 4096;
/// Longest an event lasts without being renewed, in seconds.
pub const EVENT_S_MAX: i64 = 366 * 24 * 3600;
/// Most events that are not over at once.
pub const EVENTS_MAX: usize = 16;
/// Longest a measure lasts that two organisations ordered, in seconds.
pub const MEASURE_S_MAX: i64 = 30 * 24 * 3600;
/// How long an order waits for the second organisation, in seconds.
pub const ORDER_WAITS_S: i64 = 24 * 3600;
/// Most statements of evidence in one request.
pub const EVIDENCE_BATCH_MAX: usize = 1000;
/// Persons for whom somebody listens at one node.
pub const WATCHED_MAX: usize = 100_000;
/// Notices kept for a listener who is slow.
pub const NOTICES_MAX: usize = 16;
/// How long a level goes without a line of its issuer's ledger, in seconds.
pub const LEDGER_GRACE_S: i64 = 600;
/// Longest name of a place, in bytes.
pub const PLACE_NAME_BYTES_MAX: usize = 96;
/// How long the code of a place is scanned before it is printed anew, in seconds.
pub const PLACE_CODE_S: i64 = 366 * 24 * 3600;
/// Most places of one member.
pub const PLACES_PER_MEMBER_MAX: usize = 10_000;
/// How long after a visit a telephone may still hand in its check-in, in seconds.
pub const CHECK_IN_LATE_S_MAX: i64 = 48 * 3600;
/// Days through which the records of a tube are looked for.
pub const TUBE_DAYS: i32 = 3;
/// How long after it was taken a sample without a result is shown as awaited, in seconds.
pub const AWAITED_S_MAX: i64 = 72 * 3600;
/// Longest that a filed task lives, in seconds.
pub const TASK_S_MAX: i64 = 30 * 24 * 3600;
/// Tasks in one page at most.
pub const TASK_PAGE_MAX: usize = 200;
/// Tasks in a page when the request does not say.
pub const TASK_PAGE_DEFAULT: usize = 50;
/// How old a report of the tasks of a node below may be to count, in seconds.
pub const TASK_REPORT_S_MAX: i64 = 24 * 3600;
/// Different persons that one operator of a member may read in a day, where the configuration does
/// not say.
pub const PERSONS_PER_OPERATOR_DAY: u32 = 2_000;
/// Operators that a node watches at once at most; those of earlier days are forgotten first.
pub const OPERATORS_MAX: usize = 100_000;
/// The time within which an operator's reads and misses are held against each other, in seconds.
pub const WATCH_S: i64 = 600;
/// Different persons read within that time that raise an alarm.
pub const WATCH_PERSONS_MAX: usize = 100;
/// Look-ups that found nobody, or nobody whom the operator may read, within that time that raise an
/// alarm.
pub const WATCH_MISSES_MAX: usize = 20;
/// Restrictions within a day, ordered by one organisation in one event, that rest on no evidence
/// but the order and raise an alarm.
pub const BARE_RESTRICTIONS_MAX: usize = 5;
/// How long a task that has run out is kept before it is forgotten, so that none is made twice, in
/// seconds.
pub const TASK_KEPT_S: i64 = 24 * 3600;
/// How long one stream of notices lasts, in seconds; then the listener connects again.
pub const NOTICES_S_MAX: u64 = 3600;
