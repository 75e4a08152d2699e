import { MAX_TTL_MS } from '@heddle/contracts';
import { type BindingSpec, queuesOfGroup, type Topology } from './topology.ts';

/** What a user of the bus adds to the topology that follows from the contracts. */
export type TopologyAdditions = Partial<Topology>;

/** Both together. @throws RangeError naming everything that is wrong with the result */
export function extendTopology(base: Topology, additions: TopologyAdditions): Topology {
  const topology: Topology = {
    exchanges: [...base.exchanges, ...additions.exchanges ?? []],
    queues: [...base.queues, ...additions.queues ?? []],
    groups: [...base.groups, ...additions.groups ?? []],
  };
  const faults = topologyFaults(topology);
  if (faults.length > 0) throw new RangeError(`The topology is wrong: ${faults.join('; ')}`);
  return topology;
}

/** What is wrong with a topology, for people to read; empty when nothing is. */
export function topologyFaults({ exchanges, queues, groups }: Topology): string[] {
  const types = new Map([...exchanges.map(({ name, type }) => [name, type] as const), ...groups.map(({ name }) => [name, 'x-consistent-hash'] as const)]);
  const bindingFaults = (owner: string, bindings: readonly BindingSpec[]) => bindings.flatMap(({ exchange, key }) => {
    const type = types.get(exchange);
    if (!type) return [`${owner} is bound to an exchange '${exchange}' that isn't there`];
    return type === 'x-consistent-hash' && !/^[1-9][0-9]*$/.test(key) ? [`the binding of ${owner} to '${exchange}' needs a weight from 1 on, not '${key}'`] : [];
  });
  return [
    ...twice('exchange', [...exchanges.map(({ name }) => name), ...groups.map(({ name }) => name)]),
    ...twice('queue', [...queues.map(({ name }) => name), ...groups.flatMap(queuesOfGroup)]),
    ...exchanges.flatMap(({ name, type, hashHeader, bindings = [] }) => [
      ...bindingFaults(`exchange '${name}'`, bindings),
      ...(hashHeader !== undefined && type !== 'x-consistent-hash' ? [`exchange '${name}' of type ${type} hashes no header`] : []),
    ]),
    ...queues.flatMap(({ name, ttlMs, bindings }) => [
      ...bindingFaults(`queue '${name}'`, bindings),
      ...(ttlMs !== undefined && !(Number.isInteger(ttlMs) && ttlMs > 0 && ttlMs <= MAX_TTL_MS) ? [`ttlMs of queue '${name}' must be whole milliseconds from 1 to ${MAX_TTL_MS}, not ${ttlMs}`] : []),
    ]),
    ...groups.flatMap(({ name, queues: count, binding }) => [
      ...bindingFaults(`group '${name}'`, [binding]),
      ...(Number.isInteger(count) && count > 0 ? [] : [`group '${name}' must have a whole number of queues from 1 on, not ${count}`]),
    ]),
  ];
}

function twice(what: string, names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map((name) => `${what} '${name}' is there twice`);
}
