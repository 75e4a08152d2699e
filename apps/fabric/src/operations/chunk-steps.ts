import type { Step } from '@heddle/contracts';

/** Limits of one `steps.apply`: a message is at most 256 KB, envelope and escapes included. */
export const CHUNK_STEPS = 100;
export const CHUNK_BYTES = 200_000;

/** Splits steps, in their order, into parts that fit a message; a single step that is larger stands alone. */
export function chunkSteps(steps: readonly Step[], maxSteps = CHUNK_STEPS, maxBytes = CHUNK_BYTES): Step[][] {
  const chunks: Step[][] = [];
  let bytes = 0;
  for (const step of steps) {
    const size = Buffer.byteLength(JSON.stringify(step));
    const last = chunks.at(-1);
    if (last && last.length < maxSteps && bytes + size <= maxBytes) {
      last.push(step);
      bytes += size;
    } else {
      chunks.push([step]);
      bytes = size;
    }
  }
  return chunks;
}
