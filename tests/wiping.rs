//! S4: memory that held a token is wiped before it is given back. The allocator of this program looks at each block.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    slice,
    sync::atomic::{AtomicUsize, Ordering},
};

use evertoken::{FileStore, Grant, OAuth2, Session};

/// In both tokens, and in nothing else.
const MARK: &[u8] = b"to-be-wiped";

static LEFT: AtomicUsize = AtomicUsize::new(0);

struct Watching;

// SAFETY: memory comes from the system's allocator and goes back to it; blocks are read while they are still ours. What
// of a block was never written is read, too: the test needs no more than whatever bytes are there.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let bytes = unsafe { slice::from_raw_parts(block, layout.size()) };
        if bytes.windows(MARK.len()).any(|part| part == MARK) {
            LEFT.fetch_add(1, Ordering::Relaxed);
        }
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

fn builder(store: &FileStore) -> evertoken::Builder {
    Session::builder(OAuth2::new("https://api.example.com/token", "tests").unwrap()).store(store.clone())
}

#[tokio::test]
async fn s4_a_session_in_a_file_leaves_no_token_in_freed_memory() {
    drop(MARK.to_vec());
    assert_eq!(LEFT.swap(0, Ordering::Relaxed), 1, "the allocator sees what is not wiped");

    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path().join("session"));
    for _ in 0..2 {
        let session = builder(&store).build().await.unwrap();
        session.adopt(Grant::pair("access-to-be-wiped", Some("refresh-to-be-wiped")).unwrap()).await.unwrap();
        assert_eq!(session.access_token().await.unwrap().as_str(), "access-to-be-wiped");
    }
    assert_eq!(LEFT.load(Ordering::Relaxed), 0, "blocks with a token in them");
}
