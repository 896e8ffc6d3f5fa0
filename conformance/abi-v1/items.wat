;; A `wasm-abi-v1` module written by hand: a compressor that keeps the first
;; half of what it is given (up to a character's end), and a provider of two
;; items.
(module
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 4096))
  (data (i32.const 16) "{\"resource_type\":\"issue\",\"items\":[{\"id\":\"1\",\"title\":\"First\",\"author\":\"ada\",\"updated_at\":\"2025-01-02T03:04:05Z\",\"url\":\"https://x.y/1\",\"labels\":[\"bug\"],\"body\":\"About fuel.\"},{\"id\":2,\"title\":\"Second\"}],\"total_count\":2,\"truncated\":false}")

  (func $alloc (export "alloc") (param $n i32) (result i32)
    (local $at i32) (local $end i32)
    (local.set $at (global.get $next))
    (local.set $end (i32.add (local.get $at) (local.get $n)))
    (global.set $next (local.get $end))
    (block $enough
      (br_if $enough
        (i32.le_u (local.get $end) (i32.mul (memory.size) (i32.const 65536))))
      (br_if $enough
        (i32.ne
          (memory.grow
            (i32.sub
              (i32.add (i32.shr_u (local.get $end) (i32.const 16)) (i32.const 1))
              (memory.size)))
          (i32.const -1)))
      unreachable)
    (local.get $at))

  ;; Half of it, and then on to where a character begins.
  (func (export "lctx_compress") (param $at i32) (param $length i32) (param $budget i32) (result i64)
    (local $kept i32)
    (local.set $kept (i32.shr_u (i32.add (local.get $length) (i32.const 1)) (i32.const 1)))
    (block $done
      (loop $on
        (br_if $done (i32.ge_u (local.get $kept) (local.get $length)))
        (br_if $done
          (i32.ne
            (i32.and
              (i32.load8_u (i32.add (local.get $at) (local.get $kept)))
              (i32.const 0xC0))
            (i32.const 0x80)))
        (local.set $kept (i32.add (local.get $kept) (i32.const 1)))
        (br $on)))
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32))
      (i64.extend_i32_u (local.get $kept))))

  (func (export "lctx_provider_fetch") (param i32 i32 i32) (result i64)
    (i64.or (i64.shl (i64.const 16) (i64.const 32)) (i64.const 233))))
