import { type MessageContract, type MessageRole, messages, SERVICES, type ServiceName } from '@heddle/contracts';

/** How an exchange chooses: by pattern, by equal key, everything, or evenly by a hash that keeps what is alike together. */
export type ExchangeType = 'topic' | 'direct' | 'fanout' | 'x-consistent-hash';

export interface BindingSpec {
  /** Where the messages come from. */
  exchange: string;
  /** `topic`: a pattern (`fabric.#`); `direct`: the routing key; `fanout`: ignored; `x-consistent-hash`: the weight, a whole number from 1 on. */
  key: string;
}

export interface ExchangeSpec {
  name: string;
  type: ExchangeType;
  /** Exchanges that it gets messages from. */
  bindings?: readonly BindingSpec[];
  /** `x-consistent-hash`: the header whose value is hashed; default the routing key. */
  hashHeader?: string;
}

export interface QueueSpec {
  /** Permanent: messages wait in it across releases. */
  name: string;
  /** The one service that consumes it; absent: another system does. */
  service?: ServiceName;
  bindings: readonly BindingSpec[];
  /** Time to live of each message here, milliseconds; a message's own may be shorter. Default: only its own counts. */
  ttlMs?: number;
  /** Routing key by which {@link EXPIRED_EXCHANGE} is given what expires here; absent: it is dropped. */
  expired?: string;
  /** One consumer at a time, another when that one is gone. */
  singleActive?: boolean;
}

/** A subscription whose messages are spread over queues by their ordering key, each with one active consumer, so that many replicas keep the order of every key. */
export interface GroupSpec {
  /** Of the subscription, in inbox and parking lot as well; permanent. Its queues are `<name>.0` and so on, its exchange has the name itself. */
  name: string;
  service: ServiceName;
  binding: BindingSpec;
  /** How many queues. Fixed: with another number keys would move between queues while messages wait in them. */
  queues: number;
}

/** What the broker must have. */
export interface Topology {
  exchanges: readonly ExchangeSpec[];
  queues: readonly QueueSpec[];
  groups: readonly GroupSpec[];
}

/** A subscription of a service, and the queues by which its messages come. */
export interface SubscriptionSpec {
  name: string;
  queues: readonly string[];
}

/** Facts that other systems may listen to as well. */
export const EVENTS_EXCHANGE = 'heddle.events';
/** Transfers and commands: an unroutable one means that the consumer's queue does not exist. */
export const WORK_EXCHANGE = 'heddle.work';
/** Questions of the gateway. */
export const REQUESTS_EXCHANGE = 'heddle.requests';
/** What expired in a queue; the routing key is the service that would have taken it. */
export const EXPIRED_EXCHANGE = 'heddle.expired';

/** Queues of a group: as many replicas share its work, while each key keeps its order. */
const QUEUES_OF_A_GROUP = 8;

/** Services that take every event through one queue rather than one for each type. */
const TAKES_EVERY_EVENT: readonly ServiceName[] = ['notification'];

/** Where messages of a role are published; the routing key is the type. */
export function exchangeOf(role: MessageRole): string {
  return role === 'event' ? EVENTS_EXCHANGE : WORK_EXCHANGE;
}

/** The queue, or group of queues, by which a service takes messages of a type. The name is permanent: messages wait in it across releases. */
export function queueOf(service: string, type: string): string {
  return `${service}.${type}`;
}

/** The queue of a service that takes every event. Permanent name. */
export function everyEventQueueOf(service: string): string {
  return `${service}.events`;
}

/** The queue by which a service is asked. It lives only while the service consumes it, so that a question to a service that is down comes back at once. */
export function requestQueueOf(service: string): string {
  return `${service}.requests`;
}

/** The queue by which a service learns of messages that expired before it took them. Permanent name. */
export function expiredQueueOf(service: string): string {
  return `${service}.expired`;
}

/** The queues of a group: first the one that takes everything where the broker can't hash, and else holds only what came in such a time. */
export function queuesOfGroup({ name, queues }: GroupSpec): string[] {
  return [name, ...Array.from({ length: queues }, (_, number) => `${name}.${number}`)];
}

/** All exchanges, queues and bindings of the mesh, derived from the contracts alone: every service declares all of them before it publishes. */
export function topologyOf(contracts: readonly MessageContract[] = Object.values(messages)): Topology {
  const parts = SERVICES.map((service) => partOf(service, contracts));
  return {
    exchanges: [
      { name: EVENTS_EXCHANGE, type: 'topic' },
      { name: WORK_EXCHANGE, type: 'direct' },
      { name: REQUESTS_EXCHANGE, type: 'direct' },
      { name: EXPIRED_EXCHANGE, type: 'direct' },
    ],
    queues: parts.flatMap(({ queues }) => queues),
    groups: parts.flatMap(({ groups }) => groups),
  };
}

/** What a service subscribes to; the queue of expired messages is not among it. */
export function subscriptionsOf({ queues, groups }: Topology, service: ServiceName): SubscriptionSpec[] {
  return [
    ...queues.filter((queue) => queue.service === service && queue.name !== expiredQueueOf(service)).map(({ name }) => ({ name, queues: [name] })),
    ...groups.filter((group) => group.service === service).map((group) => ({ name: group.name, queues: queuesOfGroup(group) })),
  ];
}

function partOf(service: ServiceName, contracts: readonly MessageContract[]): { queues: QueueSpec[]; groups: GroupSpec[] } {
  const everyEvent = TAKES_EVERY_EVENT.includes(service);
  const own = contracts.filter(({ to, role }) => to.includes(service) && !(everyEvent && role === 'event'));
  const bindingOf = ({ type, role }: MessageContract) => ({ exchange: exchangeOf(role), key: type });
  const groups = own.filter(({ order }) => order === 'key').map((contract) => ({ name: queueOf(service, contract.type), service, binding: bindingOf(contract), queues: QUEUES_OF_A_GROUP }));
  const queues: QueueSpec[] = own.filter(({ order }) => order === undefined).map((contract) => ({ name: queueOf(service, contract.type), service, bindings: [bindingOf(contract)], expired: service }));
  if (everyEvent) queues.push({ name: everyEventQueueOf(service), service, bindings: [{ exchange: EVENTS_EXCHANGE, key: '#' }], expired: service });
  if (queues.length + groups.length > 0) queues.push({ name: expiredQueueOf(service), service, bindings: [{ exchange: EXPIRED_EXCHANGE, key: service }] });
  return { queues, groups };
}
