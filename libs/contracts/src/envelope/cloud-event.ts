import { z } from 'zod';
import { type Envelope, envelopeSchema, type Metadata } from './envelope.v1.ts';

/** Media type of a CloudEvent in structured mode. */
export const CLOUD_EVENT_MEDIA_TYPE = 'application/cloudevents+json; charset=utf-8';

const text = z.string().min(1);
/** Whole numbers travel as text: CloudEvents' own have 32 bits, ours up to 53. */
const numeral = z.string().regex(/^\d+$/);
/** What is no plain value travels as JSON: attributes are plain. */
const json = text.refine(isJson, 'must be JSON');

/**
 * An event as CloudEvents 1.0 in its JSON format. The envelope's metadata are extension attributes, in lower-case letters
 * as the specification asks; `traceparent` is that of the distributed tracing extension.
 */
export const cloudEventSchema = z.object({
  specversion: z.literal('1.0'),
  id: z.uuid(),
  /** `heddle.<event_type>.v<event_version>` */
  type: z.string().regex(/^heddle\.[a-z_]+\.[a-z_]+\.v[1-9]\d*$/),
  /** `/heddle/<service>` */
  source: z.string().regex(/^\/heddle\/.+$/),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  data: z.unknown(),
  correlationid: text,
  causationid: text.optional(),
  actortype: text.optional(),
  actorid: text.optional(),
  actorname: z.string().optional(),
  /** JSON of `actor.madeBy`, the tokens by which the actor's was made. */
  actormadeby: json.optional(),
  fabricid: z.uuid().optional(),
  orderingkey: text.optional(),
  sequence: numeral.optional(),
  epoch: numeral.optional(),
  expiresat: z.iso.datetime().optional(),
  traceparent: z.string().optional(),
  contenthash: z.string().optional(),
});
export type CloudEvent = z.infer<typeof cloudEventSchema>;

/** The event as CloudEvent; {@link fromCloudEvent} gives back the same envelope. */
export function toCloudEvent({ event_id: id, event_type: type, event_version: version, timestamp: time, source, data, metadata }: Envelope): CloudEvent {
  const { actor, sequence, epoch } = metadata;
  return withoutAbsent({
    specversion: '1.0', id, type: `heddle.${type}.v${version}`, source: `/heddle/${source}`, time, datacontenttype: 'application/json',
    correlationid: metadata.correlation_id, causationid: metadata.causation_id,
    actortype: actor?.type, actorid: actor?.id, actorname: actor?.name, actormadeby: actor?.madeBy && JSON.stringify(actor.madeBy),
    fabricid: metadata.fabric_id, orderingkey: metadata.ordering_key, sequence: sequence?.toString(), epoch: epoch?.toString(),
    expiresat: metadata.expires_at, traceparent: metadata.traceparent, contenthash: metadata.content_hash,
    data,
  });
}

/** The envelope that a CloudEvent of ours stands for. @throws ZodError when it is none, naming each attribute that is wrong */
export function fromCloudEvent(value: unknown): Envelope {
  const event = cloudEventSchema.parse(value);
  const [, type = '', version = ''] = /^heddle\.(.+)\.v(\d+)$/.exec(event.type) ?? [];
  const metadata: Metadata = withoutAbsent({
    correlation_id: event.correlationid, causation_id: event.causationid,
    actor: actorOf(event),
    fabric_id: event.fabricid, ordering_key: event.orderingkey,
    sequence: event.sequence === undefined ? undefined : Number(event.sequence), epoch: event.epoch === undefined ? undefined : Number(event.epoch),
    expires_at: event.expiresat, traceparent: event.traceparent, content_hash: event.contenthash,
  });
  return envelopeSchema.parse({
    event_id: event.id, event_type: type, event_version: Number(version), timestamp: event.time, source: event.source.slice('/heddle/'.length), data: event.data, metadata,
  }) as Envelope;
}

function actorOf({ actortype: type, actorid: id, actorname: name, actormadeby }: CloudEvent): Metadata['actor'] {
  if (type === undefined && id === undefined) return undefined;
  return withoutAbsent({ type, id, name, madeBy: actormadeby === undefined ? undefined : JSON.parse(actormadeby) }) as Metadata['actor'];
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

function withoutAbsent<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Value;
}
