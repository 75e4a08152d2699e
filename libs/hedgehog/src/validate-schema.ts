import { RELEASES, type Finding, type Release } from '@heddle/contracts';
import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { fieldPath } from './field-path.ts';
import type { PathStep } from './field-path.ts';
import { descriptorOf } from './kinds/kinds.ts';
import { listStep } from './list-step.ts';
import { isJsonObject } from './resource-object.ts';
import type { Json, JsonObject } from './resource-object.ts';
import { valueAt } from './spec-reader.ts';
import { inRelease, isIn } from './schema/in-release.ts';
import type { SchemaNode } from './schema/schema-node.ts';
import { toJsonSchema } from './schema/to-json-schema.ts';

const ajv = new Ajv({ allErrors: true, strict: false, verbose: true, formats: { int32: { type: 'number', validate: fitsInt32 } } });
const validators = new Map<string, ValidateFunction>();

/** Kubernetes writes Go's uint32 as int32, too: an ASN of 4 bytes must pass. */
function fitsInt32(value: number): boolean {
  return value >= -(2 ** 31) && value < 2 ** 32;
}

/**
 * Checks a normalised spec against the schema of its kind in a release; without one, against all that any release has.
 * Unknown fields are errors: the API server would drop them without a word; a field that another release has is told
 * apart from one that none has. Returns one finding per fault, sorted by field; none for kinds without a schema.
 */
export function validateSchema(kind: string, spec: JsonObject, release?: Release): Finding[] {
  const node = descriptorOf(kind)?.spec;
  if (!node) return [];
  const validate = validatorOf(kind, node, release);
  if (validate(spec)) return [];
  const findings = (validate.errors ?? []).map((error) => findingOf(error, spec, node, release));
  return findings.toSorted((a, b) => (a.field ?? '').localeCompare(b.field ?? ''));
}

function validatorOf(kind: string, node: SchemaNode, release: Release | undefined): ValidateFunction {
  const key = `${kind} ${release ?? ''}`;
  let validate = validators.get(key);
  if (!validate) {
    validate = ajv.compile(toJsonSchema(release === undefined ? node : inRelease(node, release), true));
    validators.set(key, validate);
  }
  return validate;
}

function findingOf(error: ErrorObject, spec: JsonObject, root: SchemaNode, release: Release | undefined): Finding {
  const { steps, node } = located(error.instancePath, spec, root);
  const at = (...more: PathStep[]): string => fieldPath('spec', ...steps, ...more);
  const finding = (rule: string, field: string, message: string, remedy: string): Finding => ({ rule, severity: 'error', field, message: `${field} ${message}`, remedy });
  const limit = String(error.params.limit);
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = String(error.params.additionalProperty);
      const elsewhere = node?.properties?.[name];
      if (elsewhere && release !== undefined) return finding('schema-other-release', at(name), `is not a field of release ${release}, which the fabric runs; ${otherRelease(elsewhere)}`, otherRemedy(elsewhere));
      return finding('schema-unknown-field', at(name), 'is not a field of this kind', unknownRemedy(name, error));
    }
    case 'required':
      return finding('schema-required', at(String(error.params.missingProperty)), 'is missing', 'Set it: the kind requires it');
    case 'type':
      return finding('schema-type', at(), `is ${typeName(error.data)}, not ${withArticle(String(error.params.type))}`, `Write ${withArticle(String(error.params.type))}`);
    case 'enum': {
      const allowed = (error.params.allowedValues as string[]).map((value) => JSON.stringify(value)).join(', ');
      return finding('schema-enum', at(), `is ${JSON.stringify(error.data)}`, `Use one of ${allowed}`);
    }
    case 'pattern':
      return finding('schema-pattern', at(), `is ${JSON.stringify(error.data)}, which has the wrong form`, 'Write an IPv4 address, with /length where the field is a prefix');
    case 'minimum':
      return finding('schema-range', at(), `is ${String(error.data)}, below ${limit}`, `Use a number from ${limit}`);
    case 'maximum':
      return finding('schema-range', at(), `is ${String(error.data)}, above ${limit}`, `Use a number up to ${limit}`);
    case 'minItems':
      return finding('schema-length', at(), `has fewer than ${limit} entries`, `Give at least ${limit}`);
    case 'maxItems':
      return finding('schema-length', at(), `has more than ${limit} entries`, `Give at most ${limit}`);
    default:
      return finding('schema', at(), error.message ?? 'does not fit the schema', "Compare the field with the kind's reference");
  }
}

/** When a field that the fabric's release lacks would work. */
function otherRelease(node: SchemaNode): string {
  return node.until === undefined ? `it works from release ${node.since} on` : `it works up to release ${node.until}`;
}

function otherRemedy(node: SchemaNode): string {
  const releases = RELEASES.filter((release) => isIn(node, release)).join(' or ');
  return `Remove it; or, if the fabric does run ${releases}, set the release of the fabric to that`;
}

function unknownRemedy(name: string, error: ErrorObject): string {
  const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
  const alike = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  if (alike) return `Write ${alike}: names are case-sensitive`;
  return known.length > 0 ? `Remove it, or use one of ${known.join(', ')}` : 'Remove it: there are no fields here';
}

function typeName(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return isJsonObject(value) ? 'a map' : withArticle(typeof value === 'string' ? 'string' : typeof value);
}

function withArticle(type: string): string {
  const names: Record<string, string> = { object: 'a map', array: 'a list', integer: 'a whole number', string: 'a text', number: 'a number', boolean: 'true or false' };
  return names[type] ?? type;
}

/** Turns ajv's JSON pointer into steps that address list entries by their natural keys; with the schema that holds there. */
function located(pointer: string, spec: JsonObject, root: SchemaNode): { steps: PathStep[]; node: SchemaNode | undefined } {
  const keys = pointer.split('/').slice(1).map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  let value: Json | undefined = spec;
  let node: SchemaNode | undefined = root;
  const steps = keys.map((key) => {
    if (Array.isArray(value)) {
      const item: Json | undefined = value[Number(key)];
      const step = listStep(item, Number(key), node);
      value = item;
      node = node?.items;
      return step;
    }
    value = valueAt(value, key);
    node = node?.properties?.[key] ?? node?.additionalProperties;
    return key;
  });
  return { steps, node };
}
