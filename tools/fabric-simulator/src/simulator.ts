import { Admission } from './admission/admission.ts';
import { AdmissionServer } from './admission/admission-server.ts';
import { awaitWebhooks } from './admission/await-webhooks.ts';
import { registerWebhooks, unregisterWebhooks } from './admission/webhook-configurations.ts';
import { AgentWriter } from './controller/agent-writer.ts';
import { defaultDelays, type SimulatorDelays } from './controller/delays.ts';
import { FabricController } from './controller/fabric-controller.ts';
import type { Fault } from './controller/fault.ts';
import { gatewayRole, switchRole, type AgentRole } from './controller/agent-role.ts';
import { refuseForeignAgents } from './controller/made-by.ts';
import { type AppliedConfiguration, SimulatedAgents } from './controller/simulated-agents.ts';
import { fabricCrds, installCrds } from './install-crds.ts';
import { agentKind, catalogKind, gatewayAgentKind, watchedKinds } from './kube/kinds.ts';
import { KubeClient, type KubeAccess } from './kube/kube-client.ts';
import { ObjectCache } from './kube/object-cache.ts';
import { seedProfiles } from './seed-profiles.ts';

export interface SimulatorOptions extends KubeAccess, Partial<SimulatorDelays> {
  /** Where the fabric's objects live; `default`, and Hedgehog's webhooks take no other. */
  namespace?: string;
  /** Told of failed writes and broken watches, which are tried again; nothing by default. */
  onError?: (error: unknown) => void;
  /** Told of each configuration that a switch or gateway puts in force, just before its Agent says so; nothing by default. */
  onApplied?: (applied: AppliedConfiguration) => void;
}

export interface FabricSimulator {
  /** Names of the CRDs that were installed. */
  readonly installed: readonly string[];
  /** Makes a switch or gateway misbehave until told otherwise; undefined or 'none' heals it. */
  setFault(name: string, fault: Fault | 'none' | undefined): void;
  setDelays(delays: Partial<SimulatorDelays>): void;
  /** Unregisters the webhooks and stops; CRDs, objects and agents stay. */
  close(): Promise<void>;
}

/**
 * Plays Hedgehog on a cluster: installs the CRDs, answers admission, keeps one Agent per switch and one GatewayAgent per gateway. Resolves when all of
 * it is in force. Throws, having touched nothing, on a cluster that has Agents it did not make.
 */
export async function startFabricSimulator(options: SimulatorOptions): Promise<FabricSimulator> {
  const running = new RunningSimulator(options);
  try {
    await running.start();
    return running;
  } catch (error) {
    await running.close();
    throw error;
  }
}

class RunningSimulator implements FabricSimulator {
  readonly installed = fabricCrds().map(({ metadata }) => metadata.name);
  private readonly delays: SimulatorDelays;
  private readonly namespace: string;
  private readonly client: KubeClient;
  private readonly cache: ObjectCache;
  private readonly agents: SimulatedAgents;
  private readonly gatewayAgents: SimulatedAgents;
  private readonly controller: FabricController;
  private server: AdmissionServer | undefined;
  private registered = false;
  private started = false;
  private readonly onError: (error: unknown) => void;

  constructor(options: SimulatorOptions) {
    const onError = (this.onError = options.onError ?? (() => undefined));
    this.delays = { ...defaultDelays, ...given(options) };
    this.namespace = options.namespace ?? 'default';
    this.client = new KubeClient(options);
    this.cache = new ObjectCache(this.client, [...watchedKinds, agentKind, gatewayAgentKind, catalogKind], this.namespace, (kind, name) => this.changed(kind, name), onError);
    const play = (role: AgentRole): SimulatedAgents => new SimulatedAgents(role, this.client, this.cache, this.namespace, this.delays, onError, options.onApplied ?? (() => undefined));
    this.agents = play(switchRole);
    this.gatewayAgents = play(gatewayRole);
    this.controller = new FabricController(new AgentWriter(this.client, this.cache, this.namespace), this.delays, onError);
  }

  async start(): Promise<void> {
    await refuseForeignAgents(this.client);
    await installCrds(this.client);
    await this.cache.start();
    const admission = new Admission(this.client, this.namespace, this.cache);
    this.server = await AdmissionServer.start(admission);
    this.registered = true;
    await registerWebhooks(this.client, this.server.url, this.server.caPem);
    await awaitWebhooks(this.client, this.namespace);
    await seedProfiles(this.client, this.namespace);
    this.started = true;
    this.agents.start();
    this.gatewayAgents.start();
    this.controller.changed();
  }

  setFault(name: string, fault: Fault | 'none' | undefined): void {
    for (const agents of [this.agents, this.gatewayAgents]) agents.setFault(name, fault === 'none' ? undefined : fault);
  }

  setDelays(delays: Partial<SimulatorDelays>): void {
    Object.assign(this.delays, given(delays));
    if (delays.heartbeatMs === undefined) return;
    this.agents.beatLater();
    this.gatewayAgents.beatLater();
  }

  async close(): Promise<void> {
    await this.controller.close();
    await this.agents.close();
    await this.gatewayAgents.close();
    await this.cache.close();
    // the API server may be gone already, which is no reason not to stop
    if (this.registered) await unregisterWebhooks(this.client).catch(this.onError);
    await this.server?.close();
    await this.client.close();
  }

  private changed(kind: string, name: string): void {
    // a half-filled cache would look like a fabric without switches
    if (!this.started) return;
    if (kind === 'Agent') this.agents.look(name);
    else if (kind === 'GatewayAgent') this.gatewayAgents.look(name);
    else if (kind !== 'Catalog') this.controller.changed();
  }
}

function given({ agentDelayMs, applyDelayMs, heartbeatMs }: Partial<SimulatorDelays>): Partial<SimulatorDelays> {
  const delays = { agentDelayMs, applyDelayMs, heartbeatMs };
  return Object.fromEntries(Object.entries(delays).filter(([, value]) => value !== undefined));
}
