import { objectPath, type KubeClient } from '../kube/kube-client.ts';
import { isCode } from '../kube/kube-error.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';
import type { LiveFabric } from '../kube/object-cache.ts';
import type { AgentRole } from './agent-role.ts';
import { startRun, type AgentRun } from './agent-status.ts';
import type { SimulatorDelays } from './delays.ts';
import { faultAnnotation, isFault, type Fault } from './fault.ts';
import { isOurs } from './made-by.ts';

/** What an agent has put in force, by its own word. */
export interface AppliedConfiguration {
  agent: string;
  generation: number;
  spec: Body;
  /** Before the agent tells anybody. */
  at: Date;
}

/** Plays the agents that run on the switches, or those on the gateways: each applies its generation after a while and gives signs of life. */
export class SimulatedAgents {
  private readonly runs = new Map<string, AgentRun>();
  private readonly faults = new Map<string, Fault>();
  private readonly applying = new Map<string, NodeJS.Timeout>();
  private readonly inFlight = new Set<Promise<void>>();
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(
    private readonly role: AgentRole,
    private readonly client: KubeClient,
    private readonly fabric: LiveFabric,
    private readonly namespace: string,
    private readonly delays: SimulatorDelays,
    private readonly onError: (error: unknown) => void,
    private readonly onApplied: (applied: AppliedConfiguration) => void,
  ) {}

  start(): void {
    for (const agent of this.fabric.list(this.role.kind.kind)) this.look(agent.metadata.name);
    this.beatLater();
  }

  async close(): Promise<void> {
    clearTimeout(this.heartbeat);
    for (const timer of this.applying.values()) clearTimeout(timer);
    await Promise.all(this.inFlight);
  }

  setFault(name: string, fault: Fault | undefined): void {
    if (fault) this.faults.set(name, fault);
    else this.faults.delete(name);
    this.look(name);
  }

  /** Called whenever an agent may have changed: schedules an attempt where one is due. */
  look(name: string): void {
    const agent = this.agent(name);
    if (!agent) {
      clearTimeout(this.applying.get(name));
      this.applying.delete(name);
      this.runs.delete(name);
    } else if (this.isDue(agent) && !this.applying.has(name)) {
      this.applying.set(name, setTimeout(() => this.track(this.apply(name)), this.delays.applyDelayMs));
    }
  }

  /** As heartbeats change: restarts the clock with the current delay. */
  beatLater(): void {
    clearTimeout(this.heartbeat);
    this.heartbeat = setTimeout(() => {
      for (const agent of this.fabric.list(this.role.kind.kind)) this.track(this.beat(agent));
      this.beatLater();
    }, this.delays.heartbeatMs);
  }

  private isDue(agent: KubeObject): boolean {
    const fault = this.faultOf(agent);
    if (!isOurs(agent) || fault === 'hang' || fault === 'no-heartbeat') return false;
    if (fault === 'refuse' && !this.role.reportsAttempts) return false;
    const done = fault === 'refuse' ? agent.status?.lastAttemptGen : agent.status?.lastAppliedGen;
    return done !== agent.metadata.generation;
  }

  private async apply(name: string): Promise<void> {
    this.applying.delete(name);
    const agent = this.agent(name);
    if (!agent || !this.isDue(agent)) return;
    const fault = this.faultOf(agent);
    if (fault !== 'refuse') this.onApplied({ agent: name, generation: agent.metadata.generation ?? 0, spec: agent.spec ?? {}, at: new Date() });
    const written = await this.write(agent, this.role.attempt(agent, this.runOf(name), Date.now(), fault));
    // a newer generation came while this one was being applied; without a write the watch brings the next look
    if (written && written.metadata.generation !== agent.metadata.generation) this.look(name);
  }

  private async beat(agent: KubeObject): Promise<void> {
    const fault = this.faultOf(agent);
    if (!isOurs(agent) || fault === 'no-heartbeat') return;
    const run = this.runOf(agent.metadata.name);
    if (fault === 'flap') run.flaps++;
    await this.write(agent, this.role.heartbeat(agent, run, Date.now(), fault));
    this.look(agent.metadata.name);
  }

  private async write(agent: KubeObject, status: Body): Promise<KubeObject | undefined> {
    try {
      const written = await this.client.mergePatch(`${objectPath(this.role.kind, this.namespace, agent.metadata.name)}/status`, { status });
      this.fabric.remember(this.role.kind, written);
      return written;
    } catch (error) {
      if (isCode(error, 404)) return undefined; // its switch has just gone
      throw error;
    }
  }

  /** A failed write is reported; the next heartbeat looks again. */
  private track(work: Promise<void>): void {
    const tracked = work.catch(this.onError).finally(() => this.inFlight.delete(tracked));
    this.inFlight.add(tracked);
  }

  private agent(name: string): KubeObject | undefined {
    return this.fabric.get(this.role.kind.kind, name);
  }

  private faultOf(agent: KubeObject): Fault | undefined {
    const annotated = agent.metadata.annotations?.[faultAnnotation];
    return this.faults.get(agent.metadata.name) ?? (isFault(annotated) ? annotated : undefined);
  }

  private runOf(name: string): AgentRun {
    let run = this.runs.get(name);
    if (!run) this.runs.set(name, (run = startRun(Date.now())));
    return run;
  }
}
