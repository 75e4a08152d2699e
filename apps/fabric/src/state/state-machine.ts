import { Conflict } from '@heddle/platform';

/** A state machine as data: for each state the states that may follow it. */
export class StateMachine<State extends string> {
  constructor(
    /** What moves, as messages name it: `fabric`, `operation`. */
    readonly subject: string,
    readonly next: Readonly<Record<State, readonly State[]>>,
  ) {}

  get states(): State[] {
    return Object.keys(this.next) as State[];
  }

  allows(from: State, to: State): boolean {
    return this.next[from].includes(to);
  }

  /** @throws Conflict STATE-001 that names the states which are allowed instead. */
  assertAllowed(name: string, from: State, to: State): void {
    if (this.allows(from, to)) return;
    const allowed = this.next[from];
    throw new Conflict({
      code: 'STATE-001',
      message: `The ${this.subject} ${name} is ${from} and can't become ${to}.`,
      remedy: allowed.length > 0 ? `From ${from} it can become ${allowed.join(' or ')}.` : `${from} is final; nothing follows it.`,
      details: { from, to, allowed },
    });
  }

  /**
   * The states passed on the shortest way, `to` included and `from` not; empty when it is there already,
   * undefined when no way leads there. What is observed can be several transitions ahead of what is recorded.
   */
  route(from: State, to: State): State[] | undefined {
    if (from === to) return [];
    const ways: State[][] = [[from]];
    const seen = new Set<State>([from]);
    for (const way of ways) {
      for (const state of this.next[way.at(-1) as State]) {
        if (state === to) return [...way.slice(1), state];
        if (!seen.has(state)) ways.push([...way, state]);
        seen.add(state);
      }
    }
    return undefined;
  }
}
