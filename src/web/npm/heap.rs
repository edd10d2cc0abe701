//! The heap. It holds a few tokens and records whose sizes come again and again, so blocks come in powers of two, and what
//! is freed waits for the next of its size: a fifth of the code of an allocator that splits and merges.

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32::{memory_grow, memory_size},
    cell::Cell,
    ptr::null_mut,
};

const PAGE: usize = 1 << 16;

#[global_allocator]
static HEAP: Heap = Heap { free: [const { Cell::new(null_mut()) }; 32], next: Cell::new(0) };

struct Heap {
    /// The last freed block of each size; a freed block begins with the address of the one that was freed before it.
    free: [Cell<*mut u8>; 32],
    /// Where memory begins that was never used; 0 until there is any.
    next: Cell<usize>,
}

// SAFETY: WebAssembly without threads runs on one.
unsafe impl Sync for Heap {}

// SAFETY: a block is handed out once until it is freed, and as large and as aligned as its power of two.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let class = class(layout);
        let Some(free) = self.free.get(class) else { return null_mut() };
        let block = free.get();
        if block.is_null() {
            return self.take(1 << class);
        }
        // SAFETY: a freed block holds an address.
        free.set(unsafe { *block.cast() });
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(free) = self.free.get(class(layout)) {
            // SAFETY: the smallest block has room for an address and is aligned for it.
            unsafe { *block.cast() = free.get() };
            free.set(block);
        }
    }
}

impl Heap {
    /// A new block, aligned to its size up to a page.
    fn take(&self, size: usize) -> *mut u8 {
        let end = memory_size(0) * PAGE;
        let start = if self.next.get() == 0 { end } else { self.next.get().next_multiple_of(size.min(PAGE)) };
        let missing = (start + size).saturating_sub(end);
        if missing > 0 && memory_grow(0, missing.div_ceil(PAGE)) == usize::MAX {
            return null_mut();
        }
        self.next.set(start + size);
        start as *mut u8
    }
}

/// The power of two of a block's size; no less than an address with its neighbour.
fn class(layout: Layout) -> usize {
    let size = layout.size().max(layout.align()).max(8);
    (size - 1).ilog2() as usize + 1
}
