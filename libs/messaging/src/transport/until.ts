/**
 * True once `subscribe` has called back, false when that takes longer than `timeoutMs`.
 * @param subscribe calls `reached` once it is so, at once when it is already; it returns what takes the listener away
 */
export async function until(timeoutMs: number, subscribe: (reached: () => void) => () => void): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), timeoutMs);
  const stop = subscribe(() => resolve(true));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
}
