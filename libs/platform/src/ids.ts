import { randomUUID } from 'node:crypto';

/** Identifiers, injected so that tests can foretell them. */
export class Ids {
  uuid(): string {
    return randomUUID();
  }
}
