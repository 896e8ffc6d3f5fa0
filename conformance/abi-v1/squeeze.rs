//! A `wasm-abi-v1` module in Rust: runs of blanks become one. Also what the
//! bench runs, here and in an interpreter.
//!
//! The build script of `ctx-bundle` compiles it: it is no component and no crate.
#![no_std]

use core::panic::PanicInfo;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// The end of what was given away; everything is given once.
static mut NEXT: usize = 0;

#[unsafe(no_mangle)]
pub extern "C" fn alloc(length: i32) -> i32 {
    const PAGE: usize = 65536;
    unsafe {
        if NEXT == 0 {
            NEXT = core::arch::wasm32::memory_size::<0>() * PAGE;
        }
        let start = NEXT;
        NEXT += length as usize;
        let pages = NEXT.div_ceil(PAGE);
        let have = core::arch::wasm32::memory_size::<0>();
        if pages > have && core::arch::wasm32::memory_grow::<0>(pages - have) == usize::MAX {
            core::arch::wasm32::unreachable()
        }
        start as i32
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn lctx_compress(start: i32, length: i32, budget: i32) -> i64 {
    let out = alloc(length);
    let (from, to) = (start as usize as *const u8, out as usize as *mut u8);
    let most = if budget < 0 { length as usize } else { budget as usize };
    let mut written = 0;
    let mut was_blank = false;
    for at in 0..length as usize {
        let byte = unsafe { *from.add(at) };
        let is_blank = byte == b' ' || byte == b'\t';
        if is_blank && was_blank {
            continue;
        }
        was_blank = is_blank;
        if written == most {
            break;
        }
        unsafe { *to.add(written) = if is_blank { b' ' } else { byte } };
        written += 1;
    }
    // A character that has no room is no character.
    while written > 0 && written == most && written < length as usize {
        if unsafe { *to.add(written - 1) } & 0x80 == 0 {
            break;
        }
        written -= 1;
    }
    ((out as i64) << 32) | written as i64
}
