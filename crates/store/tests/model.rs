//! The embedded back end against a naive model, with indexes so small that every few rows make
//! runs and merges.

#[allow(dead_code, reason = "each test file uses a part of the suite")]
mod conformance;
mod naive;

use conformance::*;
use hutong_store::{BlindKey, DayDigest, EmbeddedStore, Journal, KeyRing, sqlite::Upkeep};
use naive::{op, play};
use proptest::prelude::*;

struct Folder {
    folder: tempfile::TempDir,
    upkeep: Upkeep,
    openings: u64,
}

impl Folder {
    fn new(upkeep: Upkeep) -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), upkeep, openings: 0 }
    }
    fn open_now(&mut self) -> EmbeddedStore {
        self.openings += 1;
        let ring = KeyRing::generate(&*Counter::new(1));
        let blind = BlindKey::generate(&*Counter::new(2));
        let entropy = Counter::new(self.openings << 40);
        let path = self.folder.path().join("store.db");
        EmbeddedStore::open_with(&path, ring, blind, entropy, self.upkeep).expect("opened")
    }
}

impl naive::Home for Folder {
    async fn open(&mut self) -> Arc<dyn Store> {
        Arc::new(self.open_now())
    }
}

async fn digests(store: &EmbeddedStore) -> Vec<DayDigest> {
    let day = MARCH.utc_date();
    store.day_digests(day.plus_days(-99), day.plus_days(99)).await.expect("read")
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_store_does_what_the_model_does(
        ops in prop::collection::vec(op(), 1..60),
        flush_entries in 1..40_usize,
        fanout in 2..5_usize,
        slice_entries in 1..30_usize,
    ) {
        let upkeep = Upkeep { flush_entries, fanout, slice_entries };
        run(play(Folder::new(upkeep), ops));
    }

    #[test]
    fn digests_are_the_same_in_any_order(
        order in Just((0..40_u32).collect::<Vec<_>>()).prop_shuffle(),
        cut in 1..12_usize,
    ) {
        run(async {
            // Links carry ids of their own at each node, so only what comes from below is compared.
            let rows = |numbers: &[u32]| -> Vec<AdmitRow> {
                numbers.iter().map(|n| {
                    let clinic = member(if n % 3 == 0 { "clinic" } else { "lab" });
                    let mut new = dose(&clinic, &n.to_string(), "L");
                    new.times.admitted = MARCH.plus_s(i64::from(n % 5) * 86_400);
                    let documents = [local(n % 4)];
                    AdmitRow { from_node: true, ..row(&clinic, &documents, vec![new]) }
                }).collect()
            };
            let tiny = Upkeep { flush_entries: 6, fanout: 2, slice_entries: 3 };
            let (mut here, mut above) = (Folder::new(tiny), Folder::new(tiny));
            let (one, two) = (here.open_now(), above.open_now());
            admit_all(&one, rows(&(0..40).collect::<Vec<_>>())).await;
            for part in order.chunks(cut) {
                admit_all(&two, rows(part)).await;
                // Sent again, as after a cut link.
                admit_all(&two, rows(&part[part.len() / 2..])).await;
            }
            assert_eq!(digests(&one).await, digests(&two).await);
            assert_eq!(digests(&one).await.iter().map(|day| day.count).sum::<u64>(), 40);
        });
    }
}
