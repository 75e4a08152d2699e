import { alternatives, type JsonSchema, listed, resolve, takesAnything } from './json-schema.ts';

/** A place in which a sender may write what its receiver does not take. */
export interface SchemaBreak {
  /** E.g. `data.items[].name`; `{}` stands for any key of a record. */
  path: string;
  what: string;
}

/**
 * Compares what is sent with what is accepted. What can't be decided (two different patterns) counts as a break: a person
 * looks at it then.
 * @param lost says whether a field that the receiver does not know is told: it drops what an older sender meant for it
 */
export function findBreaks(sent: JsonSchema, accepted: JsonSchema, { path = 'data', lost = false } = {}): SchemaBreak[] {
  return new Comparison(sent, accepted, lost).compare(sent, accepted, path);
}

class Comparison {
  /** Pairs that are being compared, so that a schema that holds itself ends. */
  readonly #open = new Map<JsonSchema, Set<JsonSchema>>();

  constructor(private readonly sentRoot: JsonSchema, private readonly acceptedRoot: JsonSchema, private readonly lost: boolean) {}

  compare(sentSchema: JsonSchema, acceptedSchema: JsonSchema, path: string): SchemaBreak[] {
    const sent = resolve(sentSchema, this.sentRoot);
    const accepted = resolve(acceptedSchema, this.acceptedRoot);
    const open = this.#open.get(sent) ?? new Set();
    if (takesAnything(accepted) || open.has(accepted)) return [];
    this.#open.set(sent, open.add(accepted));
    try {
      if (accepted.allOf) return accepted.allOf.flatMap((part) => this.compare(sent, part, path));
      if (sent.allOf) return this.closest(sent.allOf, (part) => this.compare(part, accepted, path));
      return alternatives(sent).flatMap((one) => this.compareOne(one, alternatives(accepted), path));
    } finally {
      open.delete(accepted);
    }
  }

  /** One alternative of the sender against all of the receiver: one of these must take it whole. */
  private compareOne(sentSchema: JsonSchema, accepted: JsonSchema[], path: string): SchemaBreak[] {
    const sent = resolve(sentSchema, this.sentRoot);
    if (alternatives(sent).length > 1) return this.compare(sent, { anyOf: accepted }, path);
    const values = listed(sent);
    const resolved = accepted.map((one) => resolve(one, this.acceptedRoot)).flatMap(alternatives);
    // Each value may be taken by another alternative.
    if (values) return values.flatMap((value) => (resolved.some((one) => takesValue(value, one)) ? [] : [{ path, what: `the value ${JSON.stringify(value)} is not taken` }]));
    const alike = resolved.filter((one) => sameTag(sent, one));
    return this.closest(alike.length > 0 ? alike : resolved, (one) => this.comparePlain(sent, one, path), path);
  }

  private comparePlain(sent: JsonSchema, accepted: JsonSchema, path: string): SchemaBreak[] {
    if (takesAnything(accepted)) return [];
    if (alternatives(accepted).length > 1 || accepted.allOf || accepted.$ref) return this.compare(sent, accepted, path);
    if (takesAnything(sent)) return [{ path, what: `any value is sent, ${nameOf(accepted)} is taken` }];
    const values = listed(accepted);
    if (values) return [{ path, what: `${nameOf(sent)} is sent, only ${values.map((value) => JSON.stringify(value)).join(', ')} is taken` }];
    if (sent.type !== accepted.type && !(sent.type === 'integer' && accepted.type === 'number')) return [{ path, what: `${nameOf(sent)} is sent, ${nameOf(accepted)} is taken` }];
    const narrowed = narrowings(sent, accepted).map((what) => ({ path, what }));
    if (accepted.type === 'object') return [...narrowed, ...this.compareObjects(sent, accepted, path)];
    if (accepted.type === 'array') return [...narrowed, ...this.compareArrays(sent, accepted, path)];
    return narrowed;
  }

  private compareObjects(sent: JsonSchema, accepted: JsonSchema, path: string): SchemaBreak[] {
    const { properties: sentFields = {}, required: sure = [] } = sent;
    const { properties: takenFields = {}, required = [], additionalProperties: others } = accepted;
    const missing = required.filter((name) => !sure.includes(name)).map((name) => ({
      path: `${path}.${name}`, what: name in sentFields ? 'it may be left out, but is required' : 'it is not sent, but is required',
    }));
    const fields = Object.entries(sentFields).flatMap(([name, field]) => {
      const here = `${path}.${name}`;
      const taken = takenFields[name] ?? (typeof others === 'object' ? others : undefined);
      if (taken) return this.compare(field, taken, here);
      if (others === false) return [{ path: here, what: 'it is sent, but refused as an unknown field' }];
      return this.lost ? [{ path: here, what: 'it is sent, but dropped unread: the field was removed' }] : [];
    });
    return [...missing, ...fields, ...this.compareRecords(sent, accepted, path)];
  }

  /** Keys that are no fields of the sender's. */
  private compareRecords(sent: JsonSchema, accepted: JsonSchema, path: string): SchemaBreak[] {
    if (typeof sent.additionalProperties !== 'object') return [];
    const here = `${path}.{}`;
    const names = sent.propertyNames && accepted.propertyNames ? this.compare(sent.propertyNames, accepted.propertyNames, `${here} (key)`) : [];
    const { additionalProperties: others, properties: fields = {} } = accepted;
    if (others === false) return [...names, { path: here, what: 'any key is sent, but unknown ones are refused' }];
    const values = typeof others === 'object' ? this.compare(sent.additionalProperties, others, here) : [];
    const named = Object.entries(fields).filter(([name]) => !(name in (sent.properties ?? {}))).flatMap(([name, field]) => this.compare(sent.additionalProperties as JsonSchema, field, `${path}.${name}`));
    const dropped = others === undefined && this.lost ? [{ path: here, what: 'any key is sent, but unknown ones are dropped unread' }] : [];
    return [...names, ...values, ...named, ...dropped];
  }

  private compareArrays(sent: JsonSchema, accepted: JsonSchema, path: string): SchemaBreak[] {
    const places = (sent.prefixItems ?? []).flatMap((item, place) => {
      const taken = accepted.prefixItems?.[place] ?? accepted.items;
      return typeof taken === 'object' ? this.compare(item, taken, `${path}[${place}]`) : [];
    });
    const rest = typeof sent.items === 'object' ? sent.items : undefined;
    if (!rest) return places;
    if (accepted.prefixItems && !sent.prefixItems) return [...places, ...accepted.prefixItems.flatMap((item, place) => this.compare(rest, item, `${path}[${place}]`))];
    return [...places, ...(typeof accepted.items === 'object' ? this.compare(rest, accepted.items, `${path}[]`) : [])];
  }

  /** The breaks with the candidate that has the fewest: none where one fits. */
  private closest(candidates: JsonSchema[], compare: (candidate: JsonSchema) => SchemaBreak[], path = ''): SchemaBreak[] {
    const found = candidates.map(compare).sort((left, right) => left.length - right.length);
    return found[0] ?? [{ path, what: 'nothing is taken' }];
  }
}

/** What the receiver restricts more than the sender does. */
function narrowings(sent: JsonSchema, accepted: JsonSchema): string[] {
  const told: string[] = [];
  const from = (name: 'minItems' | 'minLength', sentLeast = sent[name] ?? 0, least = accepted[name] ?? 0) => { if (sentLeast < least) told.push(`${name} ${sent[name] ?? 'none'} is sent, ${least} is taken`); };
  const to = (name: 'maxItems' | 'maxLength', sentMost = sent[name] ?? Infinity, most = accepted[name] ?? Infinity) => { if (sentMost > most) told.push(`${name} ${sent[name] ?? 'none'} is sent, ${most} is taken`); };
  from('minItems');
  from('minLength');
  to('maxItems');
  to('maxLength');
  if (lower(sent) < lower(accepted)) told.push(`values from ${lower(sent)} on are sent, from ${lower(accepted)} on are taken`);
  if (upper(sent) > upper(accepted)) told.push(`values up to ${upper(sent)} are sent, up to ${upper(accepted)} are taken`);
  for (const name of ['pattern', 'format', 'multipleOf'] as const) {
    if (accepted[name] !== undefined && sent[name] !== accepted[name]) told.push(`${name} ${sent[name] ?? 'none'} is sent, ${accepted[name]} is taken`);
  }
  return told;
}

/** Smallest number; an exclusive bound of an integer is the next one. */
function lower({ type, minimum = -Infinity, exclusiveMinimum = -Infinity }: JsonSchema): number {
  return Math.max(minimum, exclusiveMinimum + (type === 'integer' ? 1 : 0));
}

function upper({ type, maximum = Infinity, exclusiveMaximum = Infinity }: JsonSchema): number {
  return Math.min(maximum, exclusiveMaximum - (type === 'integer' ? 1 : 0));
}

/** Whether a listed value (a string, number, boolean or null) is taken. */
function takesValue(value: unknown, schema: JsonSchema): boolean {
  const values = listed(schema);
  if (values) return values.includes(value);
  if (takesAnything(schema)) return true;
  const type = value === null ? 'null' : typeof value;
  if (typeof value === 'string') return schema.type === type && narrowings({ minLength: value.length, maxLength: value.length, pattern: schema.pattern, format: schema.format }, schema).length === 0 && new RegExp(schema.pattern ?? '', 'u').test(value);
  if (typeof value === 'number') return (schema.type === 'number' || (schema.type === 'integer' && Number.isInteger(value))) && value >= lower(schema) && value <= upper(schema);
  return schema.type === type;
}

/** Of two objects in unions, whether a field with one value tells that they stand for the same. */
function sameTag(sent: JsonSchema, accepted: JsonSchema): boolean {
  return Object.entries(sent.properties ?? {}).some(([name, { const: tag }]) => tag !== undefined && accepted.properties?.[name]?.const === tag);
}

function nameOf(schema: JsonSchema): string {
  const values = listed(schema);
  return values ? values.map((value) => JSON.stringify(value)).join(' or ') : `${Array.isArray(schema.type) ? schema.type.join(' or ') : schema.type ?? 'a union'}`;
}
