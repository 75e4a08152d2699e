import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFile } from './read-file.ts';
import { DEFAULT_READ_LIMITS } from './read-limits.ts';

const read = (text: string | Uint8Array, limits = {}) =>
  readFile({ path: 'vpcs/a.yaml', bytes: typeof text === 'string' ? Buffer.from(text) : text }, { ...DEFAULT_READ_LIMITS, ...limits });
const rules = (text: string, limits = {}) => read(text, limits).documents.map((document) => document.findings.map((finding) => finding.rule));
const vpc = (name: string, spec = 'vlan: 1001') => `apiVersion: vpc.githedgehog.com/v1beta1\nkind: VPC\nmetadata:\n  name: ${name}\nspec:\n  ${spec}\n`;

describe('readFile', () => {
  it('reads several documents with their lines', () => {
    const { documents } = read(`# two\n${vpc('one')}---\n\n${vpc('two')}---\n# nothing\n`);
    expect(documents.map(({ index, line, kind, name, findings }) => ({ index, line, kind, name, findings }))).toEqual([
      { index: 0, line: 2, kind: 'VPC', name: 'one', findings: [] }, { index: 1, line: 10, kind: 'VPC', name: 'two', findings: [] },
    ]);
    expect(documents[0]!.object).toEqual({ apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPC', metadata: { name: 'one' }, spec: { vlan: 1001 } });
  });

  it('reads JSON files too', () => {
    const { documents } = read(JSON.stringify({ apiVersion: 'v1', kind: 'VPC', metadata: { labels: { a: 'b' }, name: 'x' } }, null, 2));
    expect(documents[0]).toMatchObject({ kind: 'VPC', line: 1, findings: [], object: { kind: 'VPC' } });
  });

  it('holds a broken document and keeps its neighbours', () => {
    const { documents } = read(`${vpc('one')}---\n${vpc('two', 'subnets: [a, b')}---\n${vpc('three')}`);
    expect(documents.map((document) => document.object !== null)).toEqual([true, false, true]);
    expect(documents[1]).toMatchObject({ index: 1, kind: 'VPC', name: 'two', findings: [{ rule: 'yaml-syntax', severity: 'error', path: 'vpcs/a.yaml', document: 1, name: 'two' }] });
    expect(documents[1]!.findings[0]!.line).toBeGreaterThanOrEqual(8);
    expect(documents[1]!.findings[0]!.message).toMatch(/line \d+, column \d+/);
  });

  it('tells the line and column of a tab', () => {
    const [document] = read('apiVersion: v1\nkind: VPC\nmetadata:\n\tname: x\n').documents;
    expect(document!.findings[0]).toMatchObject({ rule: 'yaml-syntax', line: 4 });
  });

  it.each([
    ['a list', '- a\n- b\n', ['not-an-object']],
    ['text', 'hello', ['not-an-object']],
    ['a NUL character', vpc('x', 'mode: "a\\0b"'), ['unstorable-text']],
    ['half a surrogate pair', vpc('x', '"\\uD800": 1'), ['unstorable-text']],
    ['the name of the prototype', vpc('x', '__proto__: {a: 1}'), ['reserved-key']],
    ['more levels than can be sent', vpc('x', `a: ${'['.repeat(90)}${']'.repeat(90)}`), ['too-deep']],
    ['no apiVersion', 'kind: VPC\nmetadata: {name: x}', ['missing-api-version']],
    ['no kind', 'apiVersion: v1\nmetadata: {name: x}', ['missing-kind']],
    ['no name', 'apiVersion: v1\nkind: VPC\nmetadata: {}', ['missing-name']],
    ['a number as name', 'apiVersion: v1\nkind: VPC\nmetadata: {name: 12}', ['missing-name']],
    ['a List', 'apiVersion: v1\nkind: List\nitems: []', ['list-kind']],
    ['a key twice', `${vpc('x')}  vlan: 1002\n`, ['duplicate-key']],
    ['an unknown tag', vpc('x', 'vlan: !secret 5'), ['unknown-tag']],
  ])('names %s', (_what, text, expected) => {
    expect(rules(text)).toEqual([expected]);
    expect(read(text).documents[0]!.object).toBeNull();
  });

  it.each(['yes', 'no', 'on', 'Off', 'y', '007', '-010', '1_000', '0o17', '0b11', '12345678901234567890', '.inf', '.nan'])('finds %s ambiguous', (value) => {
    const [document] = read(vpc('x', `subnets:\n    - vlan: ${value}`)).documents;
    expect(document!.findings).toMatchObject([{ rule: 'ambiguous-scalar', field: 'spec.subnets.0.vlan', line: 7, kind: 'VPC', name: 'x' }]);
    expect(document!.object).toBeNull();
  });

  it.each(['"yes"', "'007'", '0', '10', '0.5', '1e3', 'true', 'null', '10.0.0.0/24', '0x1f', 'a_b', '00:11:22:33:44:55', 'node_1', '_1', '1.2.3'])('takes %s as it is', (value) => {
    expect(rules(vpc('x', `value: ${value}`))).toEqual([[]]);
  });

  it('finds an ambiguous key', () => {
    expect(rules(vpc('x', 'on: 1'))).toEqual([['ambiguous-scalar']]);
  });

  it('warns of a kustomization without holding it', () => {
    const [document] = read('apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n').documents;
    expect(document).toMatchObject({ object: { kind: 'Kustomization' }, findings: [{ rule: 'kustomization', severity: 'warning' }] });
  });

  it('merges keys as Kubernetes tools do', () => {
    const [document] = read(`${vpc('x', 'base: &b {a: 1}')}  more:\n    <<: *b\n`).documents;
    expect(document!.object).toMatchObject({ spec: { more: { a: 1 } } });
  });

  it('stops a bomb of aliases', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...[...'bcdefghi'].map((letter, index) => {
      const before = 'abcdefgh'[index]!;
      return `${letter}: &${letter} [${Array.from({ length: 9 }, () => `*${before}`).join(',')}]`;
    })].join('\n');
    expect(rules(bomb)[0]).toContain('too-many-aliases');
  });

  it('stops a document that grows too large by aliases', () => {
    const text = vpc('x', `base: &b "${'x'.repeat(60_000)}"\n  copies: [*b, *b, *b, *b]`);
    expect(rules(text)).toEqual([['document-too-large']]);
  });

  it('survives nesting that exhausts the stack', () => {
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    expect(read(`${vpc('x')}---\n${deep}`).documents).toMatchObject([{ findings: [] }, { object: null, findings: [{ rule: 'too-deep' }] }]);
  });

  it.each([
    ['file-too-large', vpc('x'), { fileBytes: 10 }],
    ['too-many-documents', `${vpc('x')}---\n${vpc('y')}`, { documentsPerFile: 1 }],
    ['lfs-pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:1\n', {}],
    ['not-utf-8', Uint8Array.from([0x61, 0xff, 0xfe]), {}],
    ['not-utf-8', 'a: "\u0000"', {}],
  ])('holds the file: %s', (rule, text, limits) => {
    expect(read(text, limits)).toMatchObject({ documents: [], findings: [{ rule, path: 'vpcs/a.yaml', severity: 'error' }] });
  });

  it('never throws, and says why an object is missing', () => {
    const piece = fc.constantFrom('kind: VPC', 'metadata:', '  name: x', '---', '- a', '&a', '*a', '{', '}', '[', '"', ': ', '\t', '|', '!x', '<<: *a', '#', 'apiVersion: v1');
    fc.assert(fc.property(fc.array(fc.oneof(piece, fc.string())), (lines) => {
      for (const document of read(lines.join('\n')).documents) {
        expect(document.object === null).toBe(document.findings.some((finding) => finding.severity === 'error'));
      }
    }), { numRuns: 500 });
  });
});
