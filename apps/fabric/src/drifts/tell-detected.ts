import type { Outbox } from '@heddle/messaging';
import type { EntityManager } from 'typeorm';
import { type DriftRow, driftNews } from './drift-store.ts';

/** An event names so many drifts: with their fields they stay well below the size of a message. */
const ITEMS = 50;

/** Tells of drifts that are new, or open again. */
export async function tellDetected(tx: EntityManager, outbox: Outbox, fabricId: string, rows: readonly DriftRow[]): Promise<void> {
  const items = rows.map(driftNews);
  for (let at = 0; at < items.length; at += ITEMS) await outbox.add(tx, 'drift.detected', { fabricId, items: items.slice(at, at + ITEMS) }, { fabricId });
}
