import type { Actor } from '@heddle/contracts';

/** What a handler of questions gets beside the question. */
export interface RequestContext {
  correlationId: string;
  /** Who asks, as the gateway has authenticated it. */
  actor: Actor | undefined;
  /** When the asker stops waiting. */
  deadline: Date;
  /** Aborts at the deadline and when the service stops. */
  signal: AbortSignal;
}
