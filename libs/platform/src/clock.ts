/** Time, injected so that tests can move it. */
export class Clock {
  now(): Date {
    return new Date();
  }

  /** Milliseconds that never go back; goes on while the process is stopped. */
  monotonicMs(): number {
    return performance.now();
  }
}
