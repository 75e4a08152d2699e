import type { Envelope } from '@heddle/contracts';

/** What a subscription asks for. */
export interface Interest {
  /** `*`, `<entity>.*` or an exact event type. */
  types: readonly string[];
  /** Null: events of all fabrics, and those of none. */
  fabrics: readonly string[] | null;
}

/** Told about itself, a webhook that fails would be told for ever. */
const NEVER_DELIVERED = 'delivery.failed';

/** Whether an event goes to a subscription. */
export function matchesSubscription(interest: Interest, event: Envelope): boolean {
  if (event.event_type === NEVER_DELIVERED) return false;
  const fabricId = event.metadata.fabric_id;
  if (interest.fabrics && (fabricId === undefined || !interest.fabrics.includes(fabricId))) return false;
  const entity = event.event_type.split('.', 1)[0];
  return interest.types.some((type) => type === '*' || type === event.event_type || type === `${entity}.*`);
}
