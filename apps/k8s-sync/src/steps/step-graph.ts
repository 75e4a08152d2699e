/** State of a step within the graph. `held`: retrying or waiting, takes no slot. */
export type StepState = 'pending' | 'running' | 'held' | 'done' | 'stalled' | 'not_started';

export interface GraphStep {
  readonly key: string;
  readonly stepId: string;
  readonly dependsOn: readonly string[];
  state: StepState;
}

/** A step that can't be started any more because something before it failed. */
export interface Blocked {
  readonly key: string;
  /** The stepId that failed, or was not started. */
  readonly by: string;
}

/**
 * Which steps of an operation may run: a step is ready when all that it depends on is done.
 * Each completion costs its dependants only, so that 10,000 steps are walked without scanning.
 */
export class StepGraph {
  readonly #steps = new Map<string, GraphStep>();
  /** stepId → key of its newest attempt. */
  readonly #newest = new Map<string, string>();
  readonly #dependants = new Map<string, string[]>();
  readonly #open = new Map<string, Set<string>>();
  readonly #ready: string[] = [];
  #unfinished = 0;
  #running = 0;

  /** Adds steps in their order; a later attempt of a stepId replaces the earlier as what others depend on. Known keys are ignored. */
  add(steps: readonly GraphStep[]): Blocked[] {
    const fresh = steps.filter((step) => !this.#steps.has(step.key));
    for (const step of fresh) {
      this.#steps.set(step.key, { ...step });
      this.#newest.set(step.stepId, step.key);
      if (!isFinished(step.state)) this.#unfinished += 1;
      if (step.state === 'running') this.#running += 1;
    }
    for (const step of fresh) this.#link(this.#steps.get(step.key)!);
    const failed = [...this.#steps.values()].filter((step) => (step.state === 'stalled' || step.state === 'not_started') && this.#newest.get(step.stepId) === step.key);
    return failed.flatMap((step) => this.#block(step.stepId));
  }

  get unfinished(): number {
    return this.#unfinished;
  }

  get running(): number {
    return this.#running;
  }

  has(key: string): boolean {
    return this.#steps.has(key);
  }

  /** Takes up to `limit` ready steps; they are running from now on. */
  take(limit: number): string[] {
    const taken: string[] = [];
    while (taken.length < limit && this.#ready.length > 0) {
      const key = this.#ready.shift()!;
      if (this.#steps.get(key)!.state !== 'pending') continue;
      this.#set(key, 'running');
      taken.push(key);
    }
    return taken;
  }

  hold(key: string): void {
    this.#set(key, 'held');
  }

  resume(key: string): void {
    this.#set(key, 'running');
  }

  /** Back into the queue: it was taken and not sent. */
  putBack(key: string): void {
    this.#set(key, 'pending');
    this.#ready.unshift(key);
  }

  finish(key: string, state: 'done' | 'stalled' | 'not_started'): Blocked[] {
    const step = this.#steps.get(key);
    if (!step || isFinished(step.state)) return [];
    this.#set(key, state);
    this.#unfinished -= 1;
    if (this.#newest.get(step.stepId) !== key) return [];
    if (state !== 'done') return this.#block(step.stepId);
    this.#release(step.stepId);
    return [];
  }

  /** Keys of the steps that nobody has taken yet. */
  pending(): string[] {
    return [...this.#steps.values()].filter((step) => step.state === 'pending').map((step) => step.key);
  }

  /** Pending steps whose dependencies are not all known: another job of the operation may bring them. */
  missingDependencies(key: string): string[] {
    return [...(this.#open.get(key) ?? [])].filter((stepId) => !this.#newest.has(stepId));
  }

  /** Whether it is pending behind a step, directly or not, that was taken and has no outcome yet. */
  waitsForTaken(key: string, seen = new Set<string>()): boolean {
    if (seen.has(key) || this.#steps.get(key)?.state !== 'pending') return false;
    seen.add(key);
    return [...(this.#open.get(key) ?? [])].some((stepId) => {
      const state = this.#stateOf(stepId);
      return state === 'running' || state === 'held' || (state === 'pending' && this.waitsForTaken(this.#newest.get(stepId)!, seen));
    });
  }

  #link(step: GraphStep): void {
    if (isFinished(step.state)) return;
    const open = new Set(step.dependsOn.filter((stepId) => this.#stateOf(stepId) !== 'done'));
    for (const stepId of open) {
      const dependants = this.#dependants.get(stepId);
      if (dependants) dependants.push(step.key);
      else this.#dependants.set(stepId, [step.key]);
    }
    this.#open.set(step.key, open);
    if (open.size === 0 && step.state === 'pending') this.#ready.push(step.key);
  }

  #release(stepId: string): void {
    for (const key of this.#dependants.get(stepId) ?? []) {
      const open = this.#open.get(key)!;
      open.delete(stepId);
      if (open.size === 0 && this.#steps.get(key)!.state === 'pending') this.#ready.push(key);
    }
    this.#dependants.delete(stepId);
  }

  /** Everything pending that depends on the step, directly or not, is not started; each names what is directly before it. */
  #block(stepId: string): Blocked[] {
    const blocked: Blocked[] = [];
    const queue = [stepId];
    for (let by = queue.shift(); by !== undefined; by = queue.shift()) {
      for (const key of this.#dependants.get(by) ?? []) {
        const step = this.#steps.get(key)!;
        if (step.state !== 'pending') continue;
        this.#set(key, 'not_started');
        this.#unfinished -= 1;
        blocked.push({ key, by });
        queue.push(step.stepId);
      }
      this.#dependants.delete(by);
    }
    return blocked;
  }

  #stateOf(stepId: string): StepState | undefined {
    const key = this.#newest.get(stepId);
    return key === undefined ? undefined : this.#steps.get(key)!.state;
  }

  #set(key: string, state: StepState): void {
    const step = this.#steps.get(key)!;
    if (step.state === 'running') this.#running -= 1;
    if (state === 'running') this.#running += 1;
    step.state = state;
  }
}

function isFinished(state: StepState): boolean {
  return state === 'done' || state === 'stalled' || state === 'not_started';
}
