/** Bodies of a statement share a buffer up to this size: one that waits long keeps all of it in memory. */
const MOST_SHARED = 1024 * 1024;

/**
 * Texts as bytes, end to end in one buffer where they are not too many. A buffer for each costs an allocation outside of the
 * heap and its collection, and all of them once more to be joined for the statement: a seventh of what a message costs its sender.
 */
export function bodiesOf(texts: readonly string[]): Buffer[] {
  const sizes = texts.map((text) => Buffer.byteLength(text));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total > MOST_SHARED) return texts.map((text) => Buffer.from(text));
  const shared = Buffer.allocUnsafeSlow(total);
  let end = 0;
  return texts.map((text, index) => {
    shared.write(text, end);
    return shared.subarray(end, end += sizes[index]!);
  });
}

/** Bodies end to end, without a copy where they lie so already. */
export function endToEnd(bodies: readonly Buffer[]): Buffer {
  const [first] = bodies;
  if (!first) return Buffer.alloc(0);
  let end = first.byteOffset;
  for (const { buffer, byteOffset, length } of bodies) {
    if (buffer !== first.buffer || byteOffset !== end) return Buffer.concat(bodies);
    end += length;
  }
  return Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset);
}
