import { randomUUID, randomUUIDv7 } from 'node:crypto';

/** Identifiers, injected so that tests can foretell them. */
export class Ids {
  uuid(): string {
    return randomUUID();
  }

  /** One that rises with each millisecond (UUID version 7), for what comes in numbers: in an index each stands beside the one before, and not on a page of its own. */
  rising(): string {
    return randomUUIDv7();
  }
}
