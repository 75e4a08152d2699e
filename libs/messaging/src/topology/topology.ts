import { type MessageContract, type MessageRole, messages, SERVICES, type ServiceName } from '@heddle/contracts';

export interface ExchangeSpec {
  name: string;
  type: 'topic' | 'direct';
}

export interface QueueSpec {
  name: string;
  /** The one service that consumes it. */
  service: ServiceName;
  bindings: readonly { exchange: string; key: string }[];
}

export interface Topology {
  exchanges: readonly ExchangeSpec[];
  queues: readonly QueueSpec[];
}

/** Facts that other systems may listen to as well. */
export const EVENTS_EXCHANGE = 'heddle.events';
/** Transfers and commands: an unroutable one means that the consumer's queue does not exist. */
export const WORK_EXCHANGE = 'heddle.work';
/** Questions of the gateway. */
export const REQUESTS_EXCHANGE = 'heddle.requests';

/** Services that take every event through one queue rather than one for each type. */
const TAKES_EVERY_EVENT: readonly ServiceName[] = ['notification'];

/** Where messages of a role are published; the routing key is the type. */
export function exchangeOf(role: MessageRole): string {
  return role === 'event' ? EVENTS_EXCHANGE : WORK_EXCHANGE;
}

/** The queue by which a service takes messages of a type. The name is permanent: messages wait in it across releases. */
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

/** All exchanges, queues and bindings of the mesh, derived from the contracts alone: every service declares all of them before it publishes. */
export function topologyOf(contracts: readonly MessageContract[] = Object.values(messages)): Topology {
  return {
    exchanges: [
      { name: EVENTS_EXCHANGE, type: 'topic' },
      { name: WORK_EXCHANGE, type: 'direct' },
      { name: REQUESTS_EXCHANGE, type: 'direct' },
    ],
    queues: SERVICES.flatMap((service) => queuesOf(service, contracts)),
  };
}

function queuesOf(service: ServiceName, contracts: readonly MessageContract[]): QueueSpec[] {
  const everyEvent = TAKES_EVERY_EVENT.includes(service);
  const own = contracts
    .filter(({ to, role }) => to.includes(service) && !(everyEvent && role === 'event'))
    .map(({ type, role }) => ({ name: queueOf(service, type), service, bindings: [{ exchange: exchangeOf(role), key: type }] }));
  return everyEvent ? [...own, { name: everyEventQueueOf(service), service, bindings: [{ exchange: EVENTS_EXCHANGE, key: '#' }] }] : own;
}
