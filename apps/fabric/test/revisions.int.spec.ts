import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ResourceService } from '../src/resources/resource.service.ts';
import { FindingService } from '../src/findings/finding.handlers.ts';
import { FabricService } from '../src/fabrics/fabric.service.ts';
import { RevisionService } from '../src/revisions/revision.service.ts';
import { dataOf, type FabricBench, openFabricBench } from './fabric-bench.ts';
import { file, namespaces, object, push, removed, revisionOf, unreadable, vpc } from './messages-to-fabric.ts';

let bench: FabricBench;
beforeAll(async () => { bench = await openFabricBench(); });
afterAll(async () => { await bench.close(); });

const names = async (fabric: string): Promise<string[]> => (await bench.get(ResourceService).list({ fabric, limit: 500 })).items.map(({ kind, name, levels }) => `${kind}/${name} ${levels.git}`);
const findings = async (fabric: string) => (await bench.get(FindingService).list({ fabric, limit: 500 })).items;

describe('acceptance of revisions', () => {
  it('switches to a revision in shuffled, doubled chunks', async () => {
    const { id } = await bench.newFabric();
    const files = [file('a.yaml', ...namespaces), file('b.yaml', vpc(1)), file('c.yaml', vpc(2))];
    const chunks = revisionOf(id, { from: null, to: 't1', files, chunks: 3 });
    await bench.published();
    for (const at of [2, 0, 2, 0]) await bench.handle((tx) => bench.get(RevisionService).observe(tx, chunks[at]!, bench.now()));
    expect(await names(id)).toEqual([]);
    await bench.handle((tx) => bench.get(RevisionService).observe(tx, chunks[1]!, bench.now()));
    expect(await names(id)).toEqual(['IPv4Namespace/default present', 'VLANNamespace/default present', 'VPC/vpc-1 present', 'VPC/vpc-2 present']);
    expect(dataOf(await bench.published(), 'revision.accepted')).toMatchObject([{ commit: 'commit-t1', tree: 't1', objects: 4, changed: 4, held: 0, findingsTotal: 0 }]);
  });

  it('holds the last good objects of a broken document', async () => {
    const { id } = await bench.newFabric();
    await push(bench, id, { from: null, to: 't1', files: [file('n.yaml', ...namespaces), file('a.yaml', vpc(1), vpc(2)), file('b.yaml', vpc(3))] });
    await push(bench, id, { from: 't1', to: 't2', files: [file('a.yaml', { broken: 'unexpected end' }, vpc(2)), file('b.yaml', { ...vpc(3), metadata: { name: 'vpc-3', labels: { a: 'b' } } })] });
    expect(await names(id)).toEqual(expect.arrayContaining(['VPC/vpc-1 held', 'VPC/vpc-2 present', 'VPC/vpc-3 present']));
    expect(await findings(id)).toMatchObject([{ rule: 'yaml-syntax', path: 'a.yaml', document: 0, line: 1 }]);
    const detail = await bench.get(ResourceService).get({ fabric: id, kind: 'VPC', name: 'vpc-1' });
    expect(detail.desired).toMatchObject({ spec: { subnets: { default: { vlan: 1001 } } } });
    await push(bench, id, { from: 't2', to: 't3', files: [file('a.yaml', vpc(2))] });
    expect(await names(id)).not.toContain('VPC/vpc-1 held');
    expect(await findings(id)).toEqual([]);
  });

  it('holds all objects of an unreadable file until it is readable', async () => {
    const { id } = await bench.newFabric();
    await push(bench, id, { from: null, to: 't1', files: [file('n.yaml', ...namespaces), file('a.yaml', vpc(1), vpc(2))] });
    await push(bench, id, { from: 't1', to: 't2', files: [unreadable('a.yaml')] });
    await push(bench, id, { from: 't2', to: 't3', files: [unreadable('a.yaml', 'symlink')] });
    expect(await names(id)).toEqual(expect.arrayContaining(['VPC/vpc-1 held', 'VPC/vpc-2 held']));
    expect(await findings(id)).toMatchObject([{ rule: 'symlink', path: 'a.yaml' }]);
    await push(bench, id, { from: 't3', to: 't4', files: [file('a.yaml', vpc(1))] });
    expect((await names(id)).filter((name) => name.startsWith('VPC'))).toEqual(['VPC/vpc-1 present']);
  });

  it('names both places of a duplicate and keeps the good one', async () => {
    const { id } = await bench.newFabric();
    await push(bench, id, { from: null, to: 't1', files: [file('n.yaml', ...namespaces), file('a.yaml', vpc(1))] });
    const other = object('VPC', 'vpc-1', { subnets: { default: { subnet: '10.0.9.0/24', vlan: 1009 } } });
    await push(bench, id, { from: 't1', to: 't2', files: [file('b.yaml', other)] });
    expect(await names(id)).toContain('VPC/vpc-1 held');
    expect(await findings(id)).toMatchObject([{ rule: 'duplicate-object', message: expect.stringMatching(/a\.yaml:1 and in b\.yaml:1/), path: 'b.yaml', line: 1 }]);
    await push(bench, id, { from: 't2', to: 't3', files: [removed('a.yaml')] });
    expect((await bench.get(ResourceService).get({ fabric: id, kind: 'VPC', name: 'vpc-1' }))).toMatchObject({ path: 'b.yaml', levels: { git: 'present' }, desired: { spec: { subnets: { default: { vlan: 1009 } } } } });
    expect(await findings(id)).toEqual([]);
  });

  it.each([['an empty directory', 't2', 'directory-empty'], ['a missing directory', null, 'directory-missing']])('deletes nothing for %s', async (_what, to, rule) => {
    const { id } = await bench.newFabric();
    await push(bench, id, { from: null, to: 't1', files: [file('n.yaml', ...namespaces), file('a.yaml', vpc(1))] });
    await push(bench, id, { from: 't1', to, files: to === null ? [] : [removed('n.yaml'), removed('a.yaml')], totalFiles: 0 });
    expect(await names(id)).toEqual(['IPv4Namespace/default held', 'VLANNamespace/default held', 'VPC/vpc-1 held']);
    expect(await findings(id)).toMatchObject([{ rule, severity: 'error' }]);
    await push(bench, id, { from: to, to: 't3', files: [file('n.yaml', ...namespaces)] });
    expect(await names(id)).toEqual(['IPv4Namespace/default present', 'VLANNamespace/default present']);
    expect(await findings(id)).toEqual([]);
  });

  it('asks once when a revision starts elsewhere', async () => {
    const { id } = await bench.newFabric();
    await push(bench, id, { from: null, to: 't1', files: [file('n.yaml', ...namespaces)] });
    await bench.published();
    await push(bench, id, { from: 't7', to: 't8', files: [file('a.yaml', vpc(1))] });
    await push(bench, id, { from: 't8', to: 't9', files: [file('a.yaml', vpc(2))] });
    expect(dataOf(await bench.published(), 'revision.wanted')).toMatchObject([{ fabricId: id, fromTree: 't1' }]);
    await push(bench, id, { from: 't1', to: 't9', files: [file('a.yaml', vpc(2))] });
    expect(await names(id)).toContain('VPC/vpc-2 present');
  });

  it('asks again after a whole revision of a clock behind', async () => {
    const { id } = await bench.newFabric();
    await push(bench, id, { from: null, to: 't1', files: [file('n.yaml', ...namespaces)] });
    await bench.published();
    const observe = async (what: Parameters<typeof revisionOf>[1]) => {
      const [behind] = revisionOf(id, what);
      await bench.handle((tx) => bench.get(RevisionService).observe(tx, behind!, new Date(bench.now().getTime() - 600_000)));
    };
    await observe({ from: null, to: 't2', files: [file('n.yaml', ...namespaces), file('a.yaml', vpc(2))] });
    expect(await names(id)).not.toContain('VPC/vpc-2 present');
    expect(dataOf(await bench.published(), 'revision.wanted')).toMatchObject([{ fabricId: id, fromTree: 't1' }]);
    await observe({ from: 't1', to: 't2', files: [file('a.yaml', vpc(2))] });
    expect(await names(id)).toContain('VPC/vpc-2 present');
  });

  it('asks for a revision again that lost a chunk', async () => {
    const { id } = await bench.newFabric();
    await push(bench, id, { from: null, to: 't1', files: [file('n.yaml', ...namespaces)] });
    await bench.published();
    const [first, second] = revisionOf(id, { from: 't1', to: 't2', files: [file('a.yaml', vpc(1)), file('b.yaml', vpc(2))], chunks: 2 });
    const observe = (chunk: typeof first) => bench.handle((tx) => bench.get(RevisionService).observe(tx, chunk!, bench.now()));
    const look = () => bench.handle((tx) => bench.get(RevisionService).askForMissing(tx, id));
    await observe(first);
    await look();
    expect(dataOf(await bench.published(), 'revision.wanted')).toEqual([]);
    bench.later(61_000);
    await look();
    await look();
    expect(dataOf(await bench.published(), 'revision.wanted')).toMatchObject([{ fabricId: id, fromTree: 't1', reason: expect.stringContaining('chunk') as string }]);
    // The answer is what was sent before; the chunk that was there comes twice.
    for (const chunk of [first, second]) await observe(chunk);
    expect(await names(id)).toEqual(expect.arrayContaining(['VPC/vpc-1 present', 'VPC/vpc-2 present']));
  });

  it('asks for no revision that a later one has replaced', async () => {
    const { id } = await bench.newFabric();
    await push(bench, id, { from: null, to: 't1', files: [file('n.yaml', ...namespaces)] });
    const [first] = revisionOf(id, { from: 't1', to: 't2', files: [file('a.yaml', vpc(1)), file('b.yaml', vpc(2))], chunks: 2 });
    await bench.handle((tx) => bench.get(RevisionService).observe(tx, first!, bench.now()));
    bench.later(1_000);
    await push(bench, id, { from: 't1', to: 't3', files: [file('a.yaml', vpc(1))] });
    await bench.published();
    bench.later(61_000);
    await bench.handle((tx) => bench.get(RevisionService).askForMissing(tx, id));
    expect(dataOf(await bench.published(), 'revision.wanted')).toEqual([]);
  });

  it('chains revisions that arrive before their turn', async () => {
    const { id } = await bench.newFabric();
    const [first] = revisionOf(id, { from: null, to: 't1', files: [file('n.yaml', ...namespaces)], chunks: 2 });
    await bench.handle((tx) => bench.get(RevisionService).observe(tx, first!, bench.now()));
    await push(bench, id, { from: 't1', to: 't2', files: [file('a.yaml', vpc(2))] });
    expect(await names(id)).toEqual([]);
    const [, second] = revisionOf(id, { from: null, to: 't1', files: [file('n.yaml', ...namespaces)], chunks: 2 });
    await bench.handle((tx) => bench.get(RevisionService).observe(tx, second!, bench.now()));
    expect(await names(id)).toContain('VPC/vpc-2 present');
  });

  it('drops answers to an older assignment', async () => {
    const { id } = await bench.newFabric();
    await bench.get(FabricService).update({ fabric: id, patch: { source: { directory: 'other' } } });
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', vpc(1))], generation: 1 });
    expect(await names(id)).toEqual([]);
  });

  it('names what is not managed and goes on', async () => {
    const { id } = await bench.newFabric();
    const wrongVersion = { ...vpc(2), apiVersion: 'vpc.githedgehog.com/v1alpha9' };
    const elsewhere = { ...vpc(3), metadata: { name: 'vpc-3', namespace: 'kube-system' } };
    await push(bench, id, { from: null, to: 't1', files: [file('n.yaml', ...namespaces), file('a.yaml', vpc(1), wrongVersion, elsewhere, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }, { ...vpc(4), kind: 'VPCC' })] });
    expect((await names(id)).filter((name) => name.startsWith('VPC'))).toEqual(['VPC/vpc-1 present']);
    expect((await findings(id)).map(({ rule, severity, line }) => `${rule} ${severity} ${line}`)).toEqual(['version-unknown error 11', 'namespace-not-default error 21', 'kind-unknown warning 31', 'kind-unknown error 41']);
  });

  it('finds a clash and clears it with its cause', async () => {
    const { id } = await bench.newFabric();
    await push(bench, id, { from: null, to: 't1', files: [file('n.yaml', ...namespaces), file('a.yaml', vpc(1)), file('b.yaml', object('VPC', 'vpc-2', { subnets: { default: { subnet: '10.0.2.0/24', vlan: 1001 } } }))] });
    expect((await findings(id)).map(({ rule, name }) => `${rule} ${name}`)).toEqual(['clash-vlan vpc-1', 'clash-vlan vpc-2']);
    await push(bench, id, { from: 't1', to: 't2', files: [file('b.yaml', vpc(2))] });
    expect(await findings(id)).toEqual([]);
  });
});
