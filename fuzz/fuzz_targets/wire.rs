//! What nodes send each other: packed, and the CBOR within.
#![no_main]

use hutong_node::wire::{AskAccesses, AskDay, AskHistory, AskStanding, Entries, UpBatch};
use hutong_node::wire::{pack, unpack};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = unpack::<UpBatch>(bytes);
    let _ = unpack::<Entries>(bytes);
    if let Ok(batch) = minicbor::decode::<UpBatch>(bytes) {
        let packed = pack(&batch).expect("a batch is packed");
        assert_eq!(unpack::<UpBatch>(&packed).expect("its own batch"), batch, "a batch survives");
    }
    let _ = serde_json::from_slice::<AskHistory>(bytes);
    let _ = serde_json::from_slice::<AskAccesses>(bytes);
    let _ = serde_json::from_slice::<AskStanding>(bytes);
    let _ = serde_json::from_slice::<AskDay>(bytes);
});
