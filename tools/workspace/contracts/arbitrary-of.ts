import fc from 'fast-check';
import { alternatives, type JsonSchema, listed, resolve, takesAnything } from './json-schema.ts';

/** How deep a schema that holds itself is followed. */
const DEEPEST = 6;
const MOST_ITEMS = 3;

/** Values that a schema describes, as JSON has them; optional fields are there or not. @throws on what Zod does not write */
export function arbitraryOf(schema: JsonSchema, root: JsonSchema = schema, depth = 0): fc.Arbitrary<unknown> {
  const plain = resolve(schema, root);
  const of = (part: JsonSchema) => arbitraryOf(part, root, depth + 1);
  const values = listed(plain);
  if (values) return fc.constantFrom(...values);
  if (plain.allOf) return fc.tuple(...plain.allOf.map(of)).map((parts) => Object.assign({}, ...parts) as unknown);
  const all = alternatives(plain);
  if (all.length > 1 || plain.anyOf || plain.oneOf) return fc.oneof(...all.map(of));
  if (takesAnything(plain)) return fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string(), { maxLength: MOST_ITEMS }), fc.dictionary(fc.string(), fc.integer(), { maxKeys: MOST_ITEMS }));
  switch (plain.type) {
    case 'null': return fc.constant(null);
    case 'boolean': return fc.boolean();
    case 'integer': return integers(plain);
    case 'number': return numbers(plain);
    case 'string': return strings(plain);
    case 'array': return arrays(plain, of, depth);
    case 'object': return objects(plain, of);
    default: throw new Error(`No samples can be made of ${JSON.stringify(plain).slice(0, 200)}`);
  }
}

function integers({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: JsonSchema): fc.Arbitrary<number> {
  const min = Math.max(minimum ?? Number.MIN_SAFE_INTEGER, (exclusiveMinimum ?? -Infinity) + 1);
  const max = Math.min(maximum ?? Number.MAX_SAFE_INTEGER, (exclusiveMaximum ?? Infinity) - 1);
  return multipleOf === undefined ? fc.integer({ min, max }) : fc.integer({ min: Math.ceil(min / multipleOf), max: Math.floor(max / multipleOf) }).map((n) => n * multipleOf);
}

function numbers({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): fc.Arbitrary<number> {
  return fc.double({
    noNaN: true, noDefaultInfinity: true, min: Math.max(minimum ?? -1e9, exclusiveMinimum ?? -Infinity), max: Math.min(maximum ?? 1e9, exclusiveMaximum ?? Infinity),
    minExcluded: exclusiveMinimum !== undefined, maxExcluded: exclusiveMaximum !== undefined,
  }).map((value) => (Object.is(value, -0) ? 0 : value));
}

function strings({ format, pattern, minLength = 0, maxLength = Math.max(minLength, 20) }: JsonSchema): fc.Arbitrary<string> {
  const byFormat: Record<string, () => fc.Arbitrary<string>> = {
    uuid: () => fc.uuid(), uri: () => fc.webUrl(), email: () => fc.emailAddress(),
    'date-time': () => fc.date({ noInvalidDate: true, min: new Date('1970-01-01T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z') }).map((date) => date.toISOString()),
  };
  const known = format === undefined ? undefined : byFormat[format];
  const fits = (text: string): boolean => text.length >= minLength && text.length <= maxLength;
  if (known) return pattern === undefined ? known() : known().filter((text) => new RegExp(pattern, 'u').test(text));
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern)).filter((text) => (maxLength === 20 ? true : fits(text)));
  return fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 20), unit: 'grapheme' }).filter(fits);
}

function arrays({ items, prefixItems, minItems = 0, maxItems = MOST_ITEMS }: JsonSchema, of: (part: JsonSchema) => fc.Arbitrary<unknown>, depth: number): fc.Arbitrary<unknown[]> {
  if (prefixItems) return fc.tuple(...prefixItems.map(of));
  const most = depth > DEEPEST ? minItems : Math.max(minItems, Math.min(maxItems, MOST_ITEMS));
  return most === 0 ? fc.constant([]) : fc.array(of(typeof items === 'object' ? items : {}), { minLength: minItems, maxLength: most });
}

function objects({ properties = {}, required = [], additionalProperties, propertyNames }: JsonSchema, of: (part: JsonSchema) => fc.Arbitrary<unknown>): fc.Arbitrary<object> {
  const fields = fc.record(Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, of(field)])), { requiredKeys: required });
  if (typeof additionalProperties !== 'object') return fields;
  const names = (propertyNames ? of(propertyNames) as fc.Arbitrary<string> : fc.string()).filter((name) => name !== '__proto__' && !(name in properties));
  return fc.tuple(fc.dictionary(names, of(additionalProperties), { maxKeys: MOST_ITEMS }), fields).map(([others, own]) => ({ ...others, ...own }));
}
