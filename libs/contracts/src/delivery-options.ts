/** How urgent a message is: 0 (last) to 9 (first). */
export type Priority = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** Of messages whose contract says nothing. */
export const DEFAULT_PRIORITY: Priority = 4;

/** The longest time to live that the broker takes, milliseconds (49 days). */
export const MAX_TTL_MS = 2 ** 32 - 1;

/** What a contract, or the publisher of one message, asks of the broker. */
export interface DeliveryOptions {
  priority?: Priority | undefined;
  /** Time to live, milliseconds. */
  ttlMs?: number | undefined;
}

/** What is wrong with priority and time to live, for people to read; empty when nothing is. */
export function deliveryFaults({ priority, ttlMs }: { priority?: number | undefined; ttlMs?: number | undefined }): { field: 'priority' | 'ttlMs'; message: string }[] {
  const faults: { field: 'priority' | 'ttlMs'; message: string }[] = [];
  if (priority !== undefined && !(Number.isInteger(priority) && priority >= 0 && priority <= 9)) faults.push({ field: 'priority', message: `must be a whole number from 0 to 9, not ${priority}` });
  if (ttlMs !== undefined && !(Number.isInteger(ttlMs) && ttlMs > 0 && ttlMs <= MAX_TTL_MS)) faults.push({ field: 'ttlMs', message: `must be whole milliseconds from 1 to ${MAX_TTL_MS}, not ${ttlMs}` });
  return faults;
}
