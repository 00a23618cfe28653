//! The instruction counts of the slab for `make instructions`: windows and rows of a batch, as `delivery` fills them.

#![allow(missing_docs)] // For items that the macros generate.

use gungraun::{Callgrind, prelude::*};
use std::hint::black_box;

// The addon is a cdylib, so its code cannot be linked here. The tests of this file are not compiled.
#[path = "../src/slab.rs"]
#[allow(dead_code, unused_imports)]
mod slab;

use slab::{Rows, Slab};

const KIB: usize = 1024;
/// The sizes that TypeScript allocates.
const SLAB_BYTES: usize = 65 * KIB;
const WORDS: usize = 4 + 4096 * 3;

struct Fixture {
    memory: Vec<u8>,
    words: Vec<u32>,
    size: usize,
}

fn payloads_of(size: usize) -> Fixture {
    Fixture {
        memory: vec![0; SLAB_BYTES],
        words: vec![0; WORDS],
        size,
    }
}

// Fills one slab with messages of one size, or all rows.
#[library_benchmark(setup = payloads_of)]
#[bench::with_64_b(64)]
#[bench::with_4_kib(4 * KIB)]
#[bench::with_64_kib(64 * KIB)]
fn fill(mut fixture: Fixture) -> Fixture {
    // SAFETY: both Vecs outlive the values that point to their memory, and no other code uses them meanwhile.
    let (rows, mut slab) = unsafe {
        let rows = Rows::new(fixture.words.as_mut_ptr(), fixture.words.len());
        (rows, Slab::new(fixture.memory.as_mut_ptr(), fixture.memory.len()))
    };
    let Some(mut rows) = rows else { return fixture };
    // SAFETY: no window is used after the next is taken.
    while rows.has_room() && unsafe { slab.window() }.len() >= black_box(fixture.size) {
        let offset = u32::try_from(slab.used()).unwrap_or_default();
        slab.advance(fixture.size);
        rows.add(1, offset, 64);
    }
    black_box(rows.count());
    fixture
}

library_benchmark_group!(name = filling, benchmarks = [fill]);

main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"])),
    library_benchmark_groups = [filling]
);
