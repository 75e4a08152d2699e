import { canonicalJson } from '../canonical-json.ts';
import { descriptorOf } from '../kinds/kinds.ts';
import { normalise } from '../normalise.ts';
import { isJsonObject } from '../resource-object.ts';
import type { Json, NormalisedObject } from '../resource-object.ts';
import { objectAt, valueAt } from '../spec-reader.ts';
import type { AgentView } from './agent-view.ts';

/**
 * Whether an agent embeds the object as it is: `yes` the same, `other` an older or newer one, `no` none of that name,
 * `unknown` if agents of its kind embed no such objects.
 */
export type Carries = 'yes' | 'other' | 'no' | 'unknown';

/** Compares the copy that an agent embeds with a normalised object. */
export function carries(agent: AgentView, object: NormalisedObject): Carries {
  const carriedBy = descriptorOf(object.kind)?.carriedBy;
  if (!carriedBy || carriedBy.agentKind !== agent.kind) return 'unknown';
  const copy = copyIn(agent, object);
  if (copy === undefined) return 'no';
  const normal = normalise({ ...object, spec: isJsonObject(copy) ? copy : {} });
  return canonicalJson(normal.spec) === canonicalJson(object.spec) ? 'yes' : 'other';
}

function copyIn(agent: AgentView, object: NormalisedObject): Json | undefined {
  const carriedBy = descriptorOf(object.kind)?.carriedBy;
  if (!carriedBy) return undefined;
  const path = carriedBy.path.split('.').slice(1);
  if (carriedBy.single) return agent.name === object.metadata.name ? objectAt(agent.spec, ...path) : undefined;
  return valueAt(objectAt(agent.spec, ...path), object.metadata.name);
}
