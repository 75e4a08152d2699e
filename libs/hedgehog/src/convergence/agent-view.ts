import type { Json, JsonObject } from '../resource-object.ts';
import { isJsonObject } from '../resource-object.ts';
import { listAt, numberAt, objectAt, textAt } from '../spec-reader.ts';

/** An Agent or GatewayAgent as far as convergence reads it: what the watch passes on of it. */
export interface AgentView {
  readonly kind: 'Agent' | 'GatewayAgent';
  /** The name of its switch or gateway. */
  readonly name: string;
  /** metadata.generation: rises whenever Hedgehog's controller tells the switch something new. */
  readonly generation: number;
  readonly spec: JsonObject;
  /** The generation that the switch has applied last; undefined before the first time. */
  readonly lastAppliedGen?: number;
  /** The generation that the switch tried last. */
  readonly lastAttemptGen?: number;
  readonly lastAttemptTime?: Date;
  readonly lastHeartbeat?: Date;
  readonly lastAppliedTime?: Date;
  /** `status.conditions`, as they stand there. */
  readonly conditions?: readonly JsonObject[];
}

/** Reads an observed Agent: `object` holds the projected paths, nested. Missing fields stay undefined. */
export function agentView(kind: 'Agent' | 'GatewayAgent', name: string, generation: number, object: unknown): AgentView {
  const body: Json = isJsonObject(object) ? object : {};
  return {
    kind,
    name,
    generation,
    spec: objectAt(body, 'spec') ?? {},
    lastAppliedGen: numberAt(body, 'status', 'lastAppliedGen'),
    lastAttemptGen: numberAt(body, 'status', 'lastAttemptGen'),
    lastAttemptTime: dateAt(body, 'lastAttemptTime'),
    lastHeartbeat: dateAt(body, 'lastHeartbeat'),
    lastAppliedTime: dateAt(body, 'lastAppliedTime'),
    conditions: listAt(body, 'status', 'conditions').filter(isJsonObject),
  };
}

/** What a switch says of an attempt that failed. */
export interface AgentRefusal {
  readonly message: string;
  /** The generation that it could not apply; absent where it does not say. */
  readonly generation?: number;
}

/** Why the switch could not apply what it was told, by its condition `Applied`; undefined where it could, or has applied that generation since. */
export function refusalOf({ conditions = [], lastAppliedGen = 0 }: Pick<AgentView, 'conditions' | 'lastAppliedGen'>): AgentRefusal | undefined {
  const refused = conditions.find((condition) => textAt(condition, 'type') === 'Applied' && textAt(condition, 'status') === 'False');
  const generation = refused && numberAt(refused, 'observedGeneration');
  if (!refused || (generation !== undefined && generation <= lastAppliedGen)) return undefined;
  return { message: textAt(refused, 'message') ?? textAt(refused, 'reason') ?? 'it gives no reason', ...(generation !== undefined && { generation }) };
}

function dateAt(body: JsonObject, field: string): Date | undefined {
  const text = textAt(body, 'status', field);
  const date = text ? new Date(text) : undefined;
  return date && !Number.isNaN(date.getTime()) ? date : undefined;
}
