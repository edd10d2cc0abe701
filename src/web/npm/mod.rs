//! The npm package's WebAssembly: one instance is one session. Only numbers and texts cross its border, the same way in
//! both directions: texts are handed over first, one by one, and belong to the call that follows. What `pkg/src/core.js`
//! calls is in `exports`, what it is called for in `imports`.

mod exports;
mod heap;
mod imports;
mod page;
pub(crate) mod readers;

/// JavaScript sees a trap.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
