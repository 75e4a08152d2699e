/**
 * How a simulated switch misbehaves.
 * hang: it lives, but applies nothing. refuse: it tries and reports failure. flap: its links to other switches go down
 * and up with each heartbeat. no-heartbeat: it falls silent, and so applies nothing either.
 */
export type Fault = 'hang' | 'flap' | 'refuse' | 'no-heartbeat';
export const faults: readonly Fault[] = ['hang', 'flap', 'refuse', 'no-heartbeat'];

/** The annotation on an Agent that sets a fault from outside. */
export const faultAnnotation = 'simulator.heddle.dev/fault';

export const isFault = (value: unknown): value is Fault => faults.includes(value as Fault);
