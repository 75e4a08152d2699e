import { randomBytes } from 'node:crypto';
import type { FabricView, Page } from '@heddle/contracts';
import pg from 'pg';
import { LIST_FILTERS, type ListFilter, type ListName } from '../../../apps/fabric/test/list-filters.ts';
import { seedLists } from '../../../apps/fabric/test/seed-lists.ts';
import type { BenchMesh } from './bench-mesh.ts';
import { percentile } from './figures.ts';

/** One list with one filter: how long its pages of 100 take, through the gateway. */
export interface PageFigures {
  name: string;
  rows: number;
  p50Ms: number;
  p95Ms: number;
}

export interface ListPages {
  objects: number;
  fabrics: number;
  pages: PageFigures[];
}

const PAGE = 100;
const LARGEST_PAGE = 500;
const WARM_UP = 3;
const SMALL_FABRICS = 99;
const SMALL_OBJECTS = 100;

/** Pages of each list with each filter, one after the other, on a fabric of so many objects among small ones. */
export async function measureLists(mesh: BenchMesh, { objects, times }: { objects: number; times: number }): Promise<ListPages> {
  const name = 'lists';
  const small = Array.from({ length: SMALL_FABRICS }, (_, index) => `small-${index}`);
  const ids = new Map<string, string>();
  for (const each of [name, ...small]) ids.set(each, (await registerUnsynced(mesh, each)).id);
  await inFabricSchema(mesh.databaseUrl, async (client) => {
    const queries = { query: (sql: string, parameters: unknown[] = []): Promise<unknown> => client.query(sql, parameters) };
    await seedLists(queries, ids.get(name)!, objects, Math.ceil(objects / 5));
    for (const each of small) await seedLists(queries, ids.get(each)!, SMALL_OBJECTS, 20);
    await client.query('vacuum analyze');
  });
  const pages: PageFigures[] = [];
  const take = async (of: string, path: string): Promise<void> => {
    pages.push({ name: of, ...await timed(mesh, path, times) });
  };
  for (const [filter, asked] of Object.entries(LIST_FILTERS)) await take(filter, pathOf(asked, name));
  for (const list of ['resources', 'drifts'] as const) {
    const path = pathOf({ list, filter: {}, ofFabric: true, walks: false }, name);
    for (const [share, cursor] of await deepCursors(mesh, path)) await take(`${list} from ${share} % on`, `${path}&cursor=${encodeURIComponent(cursor)}`);
  }
  await take('fabrics', `fabrics?limit=${PAGE}`);
  return { objects, fabrics: SMALL_FABRICS + 1, pages };
}

export function listsText({ objects, fabrics, pages }: ListPages, goalMs: number): string {
  const first = pages[0]!;
  const over = pages.filter(({ p95Ms }) => p95Ms > goalMs);
  const line = ({ name, rows, p50Ms, p95Ms }: PageFigures): string => `${name.padEnd(48)}${String(rows).padStart(6)}${p50Ms.toFixed(1).padStart(10)}${p95Ms.toFixed(1).padStart(10)}${(p50Ms / first.p50Ms).toFixed(2).padStart(10)}`;
  return [
    `Pages of ${PAGE}, through the gateway; a fabric of ${objects} objects, ${Math.ceil(objects / 5)} entries of each other list, beside ${fabrics - 1} small ones`,
    `${''.padEnd(48)}${'rows'.padStart(6)}${'p50 ms'.padStart(10)}${'p95 ms'.padStart(10)}${'of first'.padStart(10)}`,
    ...pages.map(line),
    over.length === 0 ? `p95 of all ${pages.length} is under ${goalMs} ms.` : `p95 over ${goalMs} ms: ${over.map(({ name }) => name).join('; ')} (${over.length} of ${pages.length}).`,
  ].join('\n');
}

async function registerUnsynced(mesh: BenchMesh, name: string): Promise<FabricView> {
  return mesh.rest.call('POST', 'fabrics', { name, source: { repository: 'network', branch: `unread-${randomBytes(4).toString('hex')}`, directory: name }, policy: { automaticSync: false } });
}

async function inFabricSchema(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('set search_path to fabric, public');
    await work(client);
  } finally {
    await client.end();
  }
}

const PATHS: Record<ListName, (fabric: string) => string> = {
  resources: (fabric) => `fabrics/${fabric}/resources`, findings: (fabric) => `fabrics/${fabric}/findings`, diff: (fabric) => `fabrics/${fabric}/diff`, plans: (fabric) => `fabrics/${fabric}/plans`,
  drifts: () => 'drifts', verdicts: () => 'drifts/verdicts', operations: () => 'operations', approvals: () => 'approvals', alerts: () => 'alerts',
};

function pathOf({ list, filter, ofFabric }: ListFilter, fabric: string): string {
  const path = PATHS[list](fabric);
  const query = new URLSearchParams({ limit: String(PAGE), ...(ofFabric && !path.startsWith('fabrics/') && { fabric }), ...Object.fromEntries(Object.entries(filter).map(([key, value]) => [key, String(value)])) });
  return `${path}?${query.toString()}`;
}

async function timed(mesh: BenchMesh, path: string, times: number): Promise<Omit<PageFigures, 'name'>> {
  let rows = 0;
  for (let warm = 0; warm < WARM_UP; warm++) rows = (await mesh.rest.get<Page<unknown>>(path)).items.length;
  const took: number[] = [];
  for (let time = 0; time < times; time++) {
    const begun = performance.now();
    await mesh.rest.get(path);
    took.push(performance.now() - begun);
  }
  return { rows, p50Ms: percentile(took, 0.5), p95Ms: percentile(took, 0.95) };
}

/** Where a client that walks through the whole list stands at a half, nine tenths and the end. */
async function deepCursors(mesh: BenchMesh, path: string): Promise<[number, string][]> {
  const cursors: string[] = [];
  const large = path.replace(`limit=${PAGE}`, `limit=${LARGEST_PAGE}`);
  for (let next: string | null = ''; next !== null;) {
    const page: Page<unknown> = await mesh.rest.get(next === '' ? large : `${large}&cursor=${encodeURIComponent(next)}`);
    next = page.next;
    if (next !== null) cursors.push(next);
  }
  return cursors.length === 0 ? [] : [50, 90, 100].map((share) => [share, cursors[Math.ceil((cursors.length * share) / 100) - 1]!]);
}
