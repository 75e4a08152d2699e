import type { MessageInput, ObservedObject } from '@heddle/contracts';
import type { PendingKind } from './coalescer.ts';

export type ObservationMessage = MessageInput<'objects.observed'>;

/** Under the bus's 256 KB, with room for the envelope. */
const MESSAGE_BYTES = 200_000;
const MESSAGE_ITEMS = 250;

export interface ObservationHead {
  readonly fabricId: string;
  readonly watchEpoch: number;
  readonly observedAt: string;
  readonly nextSequence: () => number;
  readonly snapshotId: () => string;
  /** Told of an object that fits into no message. */
  readonly onTooLarge: (kind: string, name: string) => void;
}

/** The messages that tell what waits of one kind: the snapshot in chunks, then the changes. */
export function observationMessages(pending: PendingKind, head: ObservationHead): ObservationMessage[] {
  const common = { fabricId: head.fabricId, watchEpoch: head.watchEpoch, kind: pending.kind, resourceVersion: pending.resourceVersion, observedAt: head.observedAt };
  const messages: ObservationMessage[] = [];
  if (pending.snapshot) {
    const id = head.snapshotId();
    const chunks = chunked(pending, pending.snapshot, head);
    for (const [index, items] of chunks.entries()) {
      messages.push({ ...common, resourceVersion: pending.snapshotVersion, sequence: head.nextSequence(), mode: 'snapshot', snapshot: { id, chunk: index + 1, chunks: chunks.length }, items });
    }
  }
  if (pending.changes.size > 0) {
    for (const items of chunked(pending, [...pending.changes.values()], head)) messages.push({ ...common, sequence: head.nextSequence(), mode: 'changes', items });
  }
  return messages;
}

/** At least one chunk: an empty snapshot says that the kind is empty. */
function chunked(pending: PendingKind, items: readonly ObservedObject[], head: ObservationHead): ObservedObject[][] {
  const chunks: ObservedObject[][] = [[]];
  let size = 0;
  for (const item of items) {
    const [fitting, bytes] = fit(item);
    if (!fitting) {
      head.onTooLarge(pending.kind, item.name);
      continue;
    }
    if (chunks.at(-1)!.length >= MESSAGE_ITEMS || (size > 0 && size + bytes > MESSAGE_BYTES)) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)!.push(fitting);
    size += bytes;
  }
  return chunks;
}

/** An object that is too large travels without its managers, or not at all. */
function fit(item: ObservedObject): [ObservedObject | null, number] {
  for (const candidate of [item, { ...item, managers: [] }]) {
    const bytes = Buffer.byteLength(JSON.stringify(candidate));
    if (bytes <= MESSAGE_BYTES) return [candidate, bytes];
  }
  return [null, 0];
}
