/**
 * A WebAssembly module with one function, which copies eight bytes at a time. V8 checks both ends of each load and each
 * store of a typed array, and `copyWithin` and `set` are calls into the engine: 136 bytes take 24 to 28 ns in a loop,
 * as many by `copyWithin`, 42 by `set`. In WebAssembly the hardware checks: 14.
 *
 *     (module
 *       (import "m" "m" (memory 1))
 *       (func (export "c") (param $to i32) (param $from i32) (param $bytes i32)
 *         (local.set $bytes (i32.add (local.get $to) (local.get $bytes)))
 *         (loop $next
 *           (i64.store (local.get $to) (i64.load (local.get $from)))
 *           (local.set $from (i32.add (local.get $from) (i32.const 8)))
 *           (br_if $next (i32.lt_u
 *             (local.tee $to (i32.add (local.get $to) (i32.const 8)))
 *             (local.get $bytes))))))
 */
// biome-ignore format: a section each
const MODULE = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
  // types: (i32, i32, i32) -> ()
  0x01, 0x07, 0x01, 0x60, 0x03, 0x7f, 0x7f, 0x7f, 0x00,
  // imports: memory "m" "m" of one page at least
  0x02, 0x08, 0x01, 0x01, 0x6d, 0x01, 0x6d, 0x02, 0x00, 0x01,
  // functions: one of type 0
  0x03, 0x02, 0x01, 0x00,
  // exports: "c" is function 0
  0x07, 0x05, 0x01, 0x01, 0x63, 0x00, 0x00,
  // code: one body of 41 bytes without locals
  0x0a, 0x2b, 0x01, 0x29, 0x00,
  0x20, 0x00, 0x20, 0x02, 0x6a, 0x21, 0x02,
  0x03, 0x40,
  0x20, 0x00, 0x20, 0x01, 0x29, 0x00, 0x00, 0x37, 0x00, 0x00,
  0x20, 0x01, 0x41, 0x08, 0x6a, 0x21, 0x01,
  0x20, 0x00, 0x41, 0x08, 0x6a, 0x22, 0x00, 0x20, 0x02, 0x49, 0x0d, 0x00,
  0x0b,
  0x0b,
);

const PAGE = 65_536;

type Copy = (to: number, from: number, bytes: number) => void;

/** Zeroed memory within which short pieces are copied fast. It takes what is touched of it. */
export class WordMemory {
  readonly buffer: ArrayBuffer;
  /**
   * Copies `bytes` bytes (more than 0, up to seven more at the end) from one place to another; pieces that overlap
   * must not be closer than eight bytes.
   * @throws WebAssembly.RuntimeError for what is not all within the memory
   */
  readonly copy: Copy;

  private constructor(memory: WebAssembly.Memory) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(MODULE), { m: { m: memory } });
    this.buffer = memory.buffer;
    this.copy = instance.exports.c as Copy;
  }

  /** Null when there are no addresses for so many bytes, or no WebAssembly (`node --jitless`). */
  static create(bytes: number): WordMemory | null {
    if (typeof WebAssembly === 'undefined') return null;
    const pages = Math.ceil(bytes / PAGE);
    try {
      return new WordMemory(new WebAssembly.Memory({ initial: pages, maximum: pages }));
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }
}
