/** When the next events may be sent so that there are never more than `perSecond`: time passed unused is not caught up. */
export class Pace {
  #next = Number.NEGATIVE_INFINITY;

  constructor(private readonly perSecond: number) {}

  /** Milliseconds to wait before the next sending. @param now monotonic */
  delay(now: number): number {
    return Math.max(0, this.#next - now);
  }

  sent(events: number, now: number): void {
    this.#next = Math.max(this.#next, now) + (events * 1_000) / this.perSecond;
  }
}

/** How many events are sent at a time: a tenth of a second's, so that a cancel and a crash cost little. */
export function eventsAtOnce(perSecond: number): number {
  return Math.max(1, Math.min(200, Math.ceil(perSecond / 10)));
}
