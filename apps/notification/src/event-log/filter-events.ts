import type { Envelope, EventFilter } from '@heddle/contracts';

/** Whether an event passes a filter; the same that {@link filterSql} says of a row. */
export function matchesFilter(filter: EventFilter, event: Envelope): boolean {
  const { fabric_id: fabricId, correlation_id: correlationId } = event.metadata;
  return (filter.types === undefined || filter.types.some((pattern) => matchesType(pattern, event.event_type)))
    && (filter.source === undefined || filter.source === event.source)
    && (filter.fabricId === undefined || filter.fabricId === fabricId)
    && (filter.correlationId === undefined || filter.correlationId === correlationId);
}

/** The condition over rows of the log; its parameters are added to `parameters`. */
export function filterSql(filter: EventFilter, parameters: unknown[]): string {
  const conditions = ['true'];
  const add = (condition: (parameter: string) => string, value: unknown) => {
    if (value !== undefined) conditions.push(condition(`$${parameters.push(value)}`));
  };
  if (filter.types && !filter.types.includes('*')) {
    const entities = filter.types.filter((pattern) => pattern.endsWith('.*')).map((pattern) => pattern.slice(0, -2));
    const exact = filter.types.filter((pattern) => !pattern.endsWith('.*'));
    // The exact ones alone can be looked up in the index.
    if (entities.length === 0) add((types) => `event_type = ANY (${types}::text[])`, exact);
    else conditions.push(`(event_type = ANY ($${parameters.push(exact)}::text[]) OR split_part(event_type, '.', 1) = ANY ($${parameters.push(entities)}::text[]))`);
  }
  add((source) => `source = ${source}`, filter.source);
  add((fabric) => `fabric_id = ${fabric}::uuid`, filter.fabricId);
  add((correlation) => `correlation_id = ${correlation}`, filter.correlationId);
  return conditions.join(' AND ');
}

function matchesType(pattern: string, type: string): boolean {
  return pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.split('.', 1)[0] === pattern.slice(0, -2));
}
