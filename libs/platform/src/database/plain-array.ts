/**
 * The literal of a PostgreSQL array of numbers or UUIDs, for a parameter. An array as such is looked through for signs to
 * escape, element by element, of which these have none; what else may be in them is not escaped, so that PostgreSQL refuses it at best.
 */
export function plainArray(elements: readonly (number | string)[]): string {
  return `{${elements.join(',')}}`;
}
