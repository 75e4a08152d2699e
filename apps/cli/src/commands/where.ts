import type { FreeAnswer, WhereAnswer, WhereHit } from '@heddle/contracts';
import { type Command, Option } from 'commander';
import { type Column, renderTable } from '../output/render-table.ts';
import { type Surroundings, openSession } from './session.ts';

const COLUMNS: readonly Column<WhereHit>[] = [
  { title: 'fabric', of: (hit) => hit.fabric }, { title: 'what', of: (hit) => hit.what }, { title: 'value', of: (hit) => hit.value },
  { title: 'object', of: (hit) => `${hit.kind}/${hit.name}` }, { title: 'field', of: (hit) => hit.field ?? '' }, { title: 'in', of: (hit) => hit.scope ?? '' },
  { title: 'state', of: (hit) => hit.state ?? '' }, { title: 'git', of: (hit) => (hit.path ? `${hit.path}:${hit.line ?? 1}` : '') }, { title: 'note', of: (hit) => hit.note ?? '' },
];

/** `heddle where`, `heddle free` */
export function addWhereCommands(program: Command, around: Surroundings): void {
  program.command('where <what>')
    .description('where an address, subnet, VLAN, MAC address, device/port, ASN, VNI or name stands; exit code 1 when nowhere\n(a number is looked for as VLAN, ASN and VNI; vlan:100, asn:65101, vni:200 narrow it)')
    .option('-f, --fabric <fabric>', 'only in this fabric')
    .action(async (what: string, { fabric }: { fabric?: string }, command: Command) => {
      const { client, printer, exit } = await openSession(command, around);
      const answer = await client.get<WhereAnswer>('where', { q: what, fabric });
      printer.one(answer, renderWhere);
      if (answer.hits.length === 0) exit(1);
    });

  program.command('free <fabric>').description('what is not taken yet: VLANs, subnets, ASNs, ports of a switch, loopback addresses')
    .addOption(new Option('-s, --space <space>').choices(['vlan', 'subnet', 'asn', 'port', 'protocol-ip', 'vtep-ip']).makeOptionMandatory())
    .option('-n, --namespace <name>', 'IPv4Namespace or VLANNamespace', 'default').option('-l, --length <bits>', 'prefix length of a subnet', '24')
    .option('--switch <name>', 'whose ports').option('-c, --count <number>', 'how many at most', '10')
    .action(async (fabric: string, options: Record<string, string>, command: Command) => {
      const { client, printer, exit } = await openSession(command, around);
      const answer = await client.get<FreeAnswer>(`fabrics/${encodeURIComponent(fabric)}/free`, options);
      printer.one(answer, (found) => [...found.free, `${found.total === null ? 'The first' : `${found.total} free`} of ${found.within.join(', ')}.`].join('\n'));
      if (answer.free.length === 0) exit(1);
    });
}

function renderWhere({ text, sort, hits, more, unknown }: WhereAnswer): string {
  const found = hits.length === 0 ? `${text} (${sort}) stands nowhere.` : renderTable(hits, COLUMNS);
  return [found, ...(more ? [`There are more than ${hits.length}.`] : []), ...unknown].join('\n');
}
