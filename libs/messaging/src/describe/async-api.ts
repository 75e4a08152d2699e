import { envelopeSchema, type MessageContract, messages, sendersOf, type ServiceName } from '@heddle/contracts';
import { z } from 'zod';
import { ORDERING_KEY_HEADER } from '../outbox/outbox-row.ts';
import { exchangeOf, EVENTS_EXCHANGE, queueOf, queuesOfGroup, type Topology, topologyOf } from '../topology/topology.ts';

type Json = Record<string, unknown>;

/** AsyncAPI 3.0's own type is a package of 7 MB; the document is held against its schema by a test. */
export interface AsyncApiDocument {
  asyncapi: '3.0.0';
  info: Json;
  defaultContentType: string;
  channels: Record<string, Json>;
  operations: Record<string, Json>;
  components: { messages: Record<string, Json>; schemas: Record<string, Json> };
}

/** A queue of ours; a group's are told one by one. */
interface ConsumedQueue {
  name: string;
  service: ServiceName;
  everyEvent: boolean;
}

const ref = (...path: string[]) => ({ $ref: `#/${path.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}` });

/**
 * What travels on the bus as an AsyncAPI 3.0 document, made from the contracts and the topology: a channel for each routing
 * key and each queue, an operation for each service that sends or receives, a message for each contract.
 */
export function asyncApiDocument(contracts: readonly MessageContract[] = Object.values(messages)): AsyncApiDocument {
  const taken = consumedQueues(topologyOf(contracts)).map((queue) => ({ queue, types: contracts.filter((contract) => takes(queue, contract)).map(({ type }) => type) }));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Heddle bus', version: '1',
      description: 'Events, transfers and commands between the services of Heddle, over RabbitMQ: at least once, each with its event_id. Other systems bind queues of their own to the exchange of events.',
    },
    defaultContentType: 'application/json',
    channels: {
      ...Object.fromEntries(contracts.map((contract) => [contract.type, routingKeyChannel(contract)])),
      ...Object.fromEntries(taken.map(({ queue, types }) => [channelOf(queue), queueChannel(queue, types)])),
    },
    operations: {
      ...Object.fromEntries(contracts.flatMap((contract) => sendersOf(contract).map((sender) => [`${sender}.send.${contract.type}`, {
        action: 'send', channel: ref('channels', contract.type), messages: [ref('channels', contract.type, 'messages', contract.type)], tags: [{ name: sender }], summary: `${sender} publishes ${contract.type}`,
      }]))),
      ...Object.fromEntries(taken.filter(({ types }) => types.length > 0).map(({ queue, types }) => [`${queue.service}.receive.${queue.name}`, {
        action: 'receive', channel: ref('channels', channelOf(queue)), messages: types.map((type) => ref('channels', channelOf(queue), 'messages', type)),
        tags: [{ name: queue.service }], summary: `${queue.service} takes what is in ${queue.name}`,
      }])),
    },
    components: {
      messages: Object.fromEntries(contracts.map((contract) => [contract.type, message(contract)])),
      schemas: {
        headers: {
          type: 'object',
          properties: {
            traceparent: { type: 'string', description: 'W3C trace context of the span that published it' },
            [ORDERING_KEY_HEADER]: { type: 'string', description: 'The ordering key; of an event without one its id; absent from work without one. By it an exchange spreads messages over queues' },
          },
        },
        ...Object.fromEntries(contracts.map((contract) => [contract.type, payload(contract)])),
      },
    },
  };
}

function routingKeyChannel({ type, role }: MessageContract): Json {
  const name = exchangeOf(role);
  return {
    address: type, title: `${role} ${type}`, messages: { [type]: ref('components', 'messages', type) },
    bindings: { amqp: { is: 'routingKey', exchange: { name, type: name === EVENTS_EXCHANGE ? 'topic' : 'direct', durable: true, autoDelete: false }, bindingVersion: '0.3.0' } },
  };
}

function queueChannel({ name, service }: ConsumedQueue, types: readonly string[]): Json {
  return {
    address: name, title: `queue ${name}`, description: `Consumed by ${service}`, messages: Object.fromEntries(types.map((type) => [type, ref('components', 'messages', type)])),
    bindings: { amqp: { is: 'queue', queue: { name, durable: true, exclusive: false, autoDelete: false }, bindingVersion: '0.3.0' } },
  };
}

function message(contract: MessageContract): Json {
  const { type, version, role, order, priority, ttlMs } = contract;
  return {
    name: type, title: `${type} version ${version}`, contentType: 'application/json', tags: [{ name: role }],
    headers: ref('components', 'schemas', 'headers'), payload: ref('components', 'schemas', type),
    correlationId: { location: '$message.payload#/metadata/correlation_id' },
    bindings: { amqp: { contentEncoding: 'utf-8', messageType: type, bindingVersion: '0.3.0' } },
    'x-delivery': { order: order ?? 'none', ...(priority !== undefined && { priority }), ...(ttlMs !== undefined && { ttlMs }) },
  };
}

/** The envelope round the contract's data, as it is published. */
function payload({ type, version, schema }: MessageContract): Json {
  const whole = envelopeSchema.extend({ event_type: z.literal(type), event_version: z.literal(version), data: schema });
  const { $schema: _, ...rest } = z.toJSONSchema(whole, { io: 'output', target: 'draft-7' });
  return rest;
}

function channelOf({ name }: ConsumedQueue): string {
  return `queue.${name}`;
}

function consumedQueues({ queues, groups }: Topology): ConsumedQueue[] {
  return [
    ...queues.flatMap(({ name, service, bindings }) => (service ? [{ name, service, everyEvent: bindings.some(({ key }) => key === '#') }] : [])),
    ...groups.flatMap((group) => queuesOfGroup(group).map((name) => ({ name, service: group.service, everyEvent: false }))),
  ];
}

/** Whether messages of a contract come into a queue: it is bound to every event, or is the type's own or one of its parts. */
function takes(queue: ConsumedQueue, { type, role, to }: MessageContract): boolean {
  if (!to.includes(queue.service)) return false;
  if (queue.everyEvent) return role === 'event';
  const own = queueOf(queue.service, type);
  return queue.name === own || queue.name.startsWith(`${own}.`);
}
