export type ListName = 'resources' | 'findings' | 'diff' | 'drifts' | 'verdicts' | 'operations' | 'plans' | 'approvals' | 'alerts';

export interface ListFilter {
  list: ListName;
  filter: Record<string, string | boolean>;
  /** Where the list may span all fabrics: of this one alone. */
  ofFabric: boolean;
  /** A part of many names that are not where the page begins: it is walked to, name by name. */
  walks: boolean;
}

const WALKED_TO = ['v-', 'at-', 'c-', '9'];

/** Lists that need no fabric are asked both ways. */
const OF_ALL_FABRICS: ReadonlySet<ListName> = new Set<ListName>(['drifts', 'verdicts', 'operations', 'approvals', 'alerts']);

/** Every filter of every list, on what seedLists makes: for many rows, for few, for one and for none; by name. */
export const LIST_FILTERS: Record<string, ListFilter> = {
  ...named('resources', [
    {}, { kind: 'VPC' }, { kind: 'Connection' }, { kind: 'Switch' }, { state: 'synced' }, { state: 'failed' }, { state: 'applied' }, { state: 'deleted' }, { kind: 'VPC', state: 'failed' },
    { conflict: true }, { conflict: false }, { text: 'v-' }, { text: '-99' }, { text: 'c-99' }, { text: 'V-4321' }, { text: '9' }, { text: 'no-such' }, { text: 'v-', kind: 'VPC' }, { text: 'at-', state: 'failed' },
    { text: 'c-', kind: 'VPC' }, { kind: 'VPC', conflict: true },
  ]),
  ...named('findings', [{}, { severity: 'error' }, { severity: 'warning' }]),
  ...named('diff', [{}, { kind: 'VPC' }]),
  ...named('drifts', [
    {}, { state: 'open' }, { state: 'reverting' }, { state: 'resolved' }, { kind: 'Switch' }, { type: 'deleted' }, { severity: 'critical' }, { conflict: true }, { conflict: false }, { manager: 'hhfab' }, { manager: 'kubectl' },
    { manager: 'nobody' }, { text: 'd-' }, { text: 'd-4321' }, { text: 'no-such' }, { state: 'resolved', kind: 'Switch' }, { state: 'resolved', severity: 'critical' }, { state: 'open', text: 'v-' },
  ]),
  ...named('verdicts', [{}, { kind: 'Switch' }, { kind: 'VPC', name: 'd-77' }]),
  ...named('operations', [{}]), ...named('plans', [{}]),
  ...named('approvals', [{}, { state: 'pending' }, { state: 'rejected' }, { state: 'expired' }]),
  ...named('alerts', [{}, { state: 'acknowledged' }, { state: 'active' }, { severity: 'critical' }, { type: 'sync-failed' }]),
};

function named(list: ListName, filters: ListFilter['filter'][]): Record<string, ListFilter> {
  const nameOf = (filter: ListFilter['filter'], where: string): string => [list, ...Object.entries(filter).map(([key, value]) => `${key}=${String(value)}`), where].filter((part) => part !== '').join(' ');
  return Object.fromEntries(filters.flatMap((filter): [string, ListFilter][] => [
    [nameOf(filter, ''), { list, filter, ofFabric: true, walks: isWalked(list, filter) }],
    ...(OF_ALL_FABRICS.has(list) ? [[nameOf(filter, 'of all fabrics'), { list, filter, ofFabric: false, walks: false }] as [string, ListFilter]] : []),
  ]));
}

function isWalked(list: ListName, { text }: ListFilter['filter']): boolean {
  return list === 'resources' && typeof text === 'string' && WALKED_TO.includes(text);
}
