/**
 * How a simulated switch misbehaves.
 * hang: it lives, but applies nothing. refuse: it tries and reports failure. flap: its links to other switches go down
 * and up with each heartbeat. no-heartbeat: it falls silent, and so applies nothing either. wrong-cable: at the end of
 * its first cable to another switch it sees a stranger. err-disabled: it has shut down its first cabled port. reboot:
 * it says that it must be rebooted. breakout: it leaves its ports unbroken whatever it is told.
 */
export type Fault = 'hang' | 'flap' | 'refuse' | 'no-heartbeat' | 'wrong-cable' | 'err-disabled' | 'reboot' | 'breakout';
export const faults: readonly Fault[] = ['hang', 'flap', 'refuse', 'no-heartbeat', 'wrong-cable', 'err-disabled', 'reboot', 'breakout'];

/** The annotation on an Agent that sets a fault from outside. */
export const faultAnnotation = 'simulator.heddle.dev/fault';

export const isFault = (value: unknown): value is Fault => faults.includes(value as Fault);
