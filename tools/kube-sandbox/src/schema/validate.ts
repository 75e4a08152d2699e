import { isJsonObject, jsonEquals, type JsonObject, type JsonValue, type KubeObject } from '../kube-object.ts';
import { fieldFault, type FieldFault } from '../status-error.ts';
import { formatAccepts } from './formats.ts';
import type { SchemaNode, ValueRules } from './schema-node.ts';

/** Schema faults of a whole object, apart from its metadata. */
export function validateObject(object: KubeObject, root: SchemaNode): FieldFault[] {
  const faults: FieldFault[] = [];
  validateMap(object, root, { field: '', shown: '' }, faults);
  return faults;
}

/** Faults of the status alone, as a write to the status subresource reports them: the text leaves out the `status.`. */
export function validateStatus(status: JsonValue | undefined, root: SchemaNode): FieldFault[] {
  const faults: FieldFault[] = [];
  const node = root.fields.get('status');
  if (node !== undefined && status !== undefined) validateValue(status, node, { field: 'status', shown: '' }, faults);
  return faults;
}

/** Where a value stands: in causes, and as the message spells it. */
interface Place {
  field: string;
  shown: string;
}

function below(place: Place, key: string): Place {
  return { field: place.field === '' ? key : `${place.field}.${key}`, shown: place.shown === '' ? key : `${place.shown}.${key}` };
}

function validateValue(value: JsonValue, node: SchemaNode, place: Place, faults: FieldFault[]): void {
  if (value === null && node.nullable) return;
  if (!typeMatches(value, node)) {
    const found = typeName(value);
    faults.push({
      reason: 'FieldValueTypeInvalid',
      field: place.field,
      message: `Invalid value: "${found}": ${place.shown} in body must be of type ${node.intOrString ? 'integer,string' : node.type}: "${found}"`,
    });
    return;
  }
  if (node.rules !== undefined) validateRules(value, node.rules, place, faults);
  if (Array.isArray(value)) {
    const element = node.element;
    if (element === undefined) return;
    value.forEach((item, index) =>
      validateValue(item, element, { field: `${place.field}[${index}]`, shown: `${place.shown}[${index}]` }, faults),
    );
    return;
  }
  if (isJsonObject(value)) validateMap(value, node, place, faults);
}

function validateMap(map: JsonObject, node: SchemaNode, place: Place, faults: FieldFault[]): void {
  for (const [name, field] of node.fields) {
    const value = map[name];
    if (value === undefined || (place.field === '' && name === 'metadata')) continue;
    validateValue(value, field, below(place, name), faults);
  }
  if (node.element !== undefined) {
    for (const key of Object.keys(map)) {
      const value = map[key];
      if (value !== undefined && !node.fields.has(key)) validateValue(value, node.element, below(place, key), faults);
    }
  }
  for (const name of node.required) {
    if (map[name] === undefined) faults.push(fieldFault.required(below(place, name).field));
  }
}

function typeMatches(value: JsonValue, node: SchemaNode): boolean {
  if (node.intOrString) return typeof value === 'string' || Number.isInteger(value);
  if (node.type === undefined) return true;
  const found = typeName(value);
  return found === node.type || (node.type === 'number' && found === 'integer');
}

function typeName(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function validateRules(value: JsonValue, rules: ValueRules, place: Place, faults: FieldFault[]): void {
  if (typeof value === 'number') validateNumber(value, rules, place, faults);
  if (typeof value === 'string') validateText(value, rules, place, faults);
  if (Array.isArray(value)) validateSize(value.length, 'items', rules.minItems, rules.maxItems, place, faults);
  if (isJsonObject(value)) validateSize(Object.keys(value).length, 'properties', rules.minProperties, rules.maxProperties, place, faults);
  if (rules.values !== undefined && !rules.values.some((allowed) => jsonEquals(allowed, value))) {
    faults.push(fieldFault.notSupported(place.field, JSON.stringify(value), rules.values.map(String)));
  }
  validateAlternatives(value, rules, place, faults);
}

function validateNumber(value: number, rules: ValueRules, place: Place, faults: FieldFault[]): void {
  const refuse = (why: string) => faults.push(fieldFault.invalid(place.field, String(value), `${place.shown} in body should be ${why}`));
  const { minimum, maximum, multipleOf } = rules;
  if (minimum !== undefined && (rules.exclusiveMinimum === true ? value <= minimum : value < minimum)) {
    refuse(`greater than ${rules.exclusiveMinimum === true ? '' : 'or equal to '}${minimum}`);
  }
  if (maximum !== undefined && (rules.exclusiveMaximum === true ? value >= maximum : value > maximum)) {
    refuse(`less than ${rules.exclusiveMaximum === true ? '' : 'or equal to '}${maximum}`);
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) refuse(`a multiple of ${multipleOf}`);
}

function validateText(value: string, rules: ValueRules, place: Place, faults: FieldFault[]): void {
  const quoted = JSON.stringify(value);
  const length = [...value].length;
  if (rules.minLength !== undefined && length < rules.minLength) {
    faults.push(fieldFault.invalid(place.field, quoted, `${place.shown} in body should be at least ${rules.minLength} chars long`));
  }
  if (rules.maxLength !== undefined && length > rules.maxLength) {
    const message = `Too long: may not be more than ${rules.maxLength} bytes`;
    faults.push({ reason: 'FieldValueTooLong', field: place.field, message });
  }
  if (rules.pattern !== undefined && !rules.pattern.test.test(value)) {
    faults.push(fieldFault.invalid(place.field, quoted, `${place.shown} in body should match '${rules.pattern.source}'`));
  }
  if (rules.format !== undefined && !formatAccepts(rules.format, value)) {
    faults.push(fieldFault.invalid(place.field, quoted, `${place.shown} in body must be of type ${rules.format}: ${quoted}`));
  }
}

function validateSize(
  size: number,
  noun: string,
  least: number | undefined,
  most: number | undefined,
  place: Place,
  faults: FieldFault[],
): void {
  if (least !== undefined && size < least) {
    faults.push(fieldFault.invalid(place.field, String(size), `${place.shown} in body should have at least ${least} ${noun}`));
  }
  if (most !== undefined && size > most) {
    const message = `Too many: ${size}: must have at most ${most} items`;
    faults.push({ reason: 'FieldValueTooMany', field: place.field, message });
  }
}

function validateAlternatives(value: JsonValue, rules: ValueRules, place: Place, faults: FieldFault[]): void {
  const accepts = (node: SchemaNode): boolean => {
    const found: FieldFault[] = [];
    validateValue(value, node, place, found);
    return found.length === 0;
  };
  const refuse = (why: string) => faults.push(fieldFault.invalid(place.field, '', `"${place.shown}" ${why}`));
  for (const node of rules.allOf ?? []) validateValue(value, node, place, faults);
  if (rules.anyOf !== undefined && !rules.anyOf.some(accepts)) refuse('must validate at least one schema (anyOf)');
  if (rules.oneOf !== undefined && rules.oneOf.filter(accepts).length !== 1) refuse('must validate one and only one schema (oneOf)');
  if (rules.not !== undefined && accepts(rules.not)) refuse('must not validate the schema (not)');
}
