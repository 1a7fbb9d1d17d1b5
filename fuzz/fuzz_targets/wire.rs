//! What nodes send each other.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = hutong_node::wire::unpack::<hutong_node::wire::UpBatch>(bytes);
    let _ = minicbor::decode::<hutong_node::wire::UpBatch>(bytes);
});
