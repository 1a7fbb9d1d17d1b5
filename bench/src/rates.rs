//! Rates of things on one core, compared fairly.

use std::time::{Duration, Instant};

const TURNS: usize = 40;
const TURN: Duration = Duration::from_millis(25);

/// Operations per second of several things that are to be compared: in turns, so that whatever
/// else the machine does weighs on all alike; the best turn counts.
pub fn rates<const N: usize>(mut things: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut best = [0.0_f64; N];
    for _ in 0..TURNS {
        for (best, thing) in best.iter_mut().zip(things.iter_mut()) {
            let (begin, mut count) = (Instant::now(), 0_u32);
            while begin.elapsed() < TURN {
                for _ in 0..16 {
                    thing();
                }
                count += 16;
            }
            *best = best.max(f64::from(count) / begin.elapsed().as_secs_f64());
        }
    }
    best
}
