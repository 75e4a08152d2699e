import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineMessage, type MessageContract, versionsOf } from '@heddle/contracts';
import { repositoryRoot } from '@heddle/local';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { allContracts, allRequests } from './all-contracts.ts';
import { checkContracts } from './check-contracts.ts';
import { tellBreak } from './compare-contract.ts';
import { releasedWithSamples } from './compare-samples.ts';
import { readReleased } from './released-folder.ts';

describe('the message contracts', () => {
  it('fit the last release', { timeout: 60_000 }, () => {
    expect(checkContracts(readReleased(), allContracts()).map(tellBreak)).toEqual([]);
  });

  it('hold every request that is declared', () => {
    const sources = globSync('libs/contracts/src/**/*.ts', { cwd: repositoryRoot }).filter((file) => !file.endsWith('.spec.ts')).map((file) => readFileSync(join(repositoryRoot, file), 'utf8'));
    const methods = sources.flatMap((text) => [...text.matchAll(/defineRequest\(\{\s*method: (['`])(?:\$\{[^}]*\})?([^'`]+)\1/g)].map((match) => match[2]!));
    const checked = allRequests().map(({ method }) => method);
    expect(methods.length).toBeGreaterThan(50);
    expect(methods.filter((method) => !checked.some((each) => each === method || (/^[._]/.test(method) && each.endsWith(method))))).toEqual([]);
    expect(new Set(checked).size).toBe(checked.length);
  });

  it('are held against every release there was', () => {
    expect(readReleased().length).toBeGreaterThanOrEqual(25);
  });
});

// Each case makes samples anew.
vi.setConfig({ testTimeout: 30_000 });

const item = z.object({ name: z.string().min(1), size: z.number().int().min(1).max(9), kind: z.enum(['warp', 'weft']).optional() });
const schema = z.object({ id: z.uuid(), items: z.array(item).max(10), note: z.string().optional(), colour: z.union([z.string(), z.number()]), labels: z.record(z.string(), z.string()), at: z.iso.datetime().nullable() });
const loom = defineMessage({ type: 'loom.moved', version: 1, role: 'event', from: 'fabric', to: ['notification', 'k8s-sync'], schema });
const OLD_TO_NEW = 'old publisher to new consumer';
const NEW_TO_OLD = 'new publisher to old consumer';

/** What is told when the contract is released and then changed. */
const breaksWith = (changed: Partial<MessageContract>) => checkContracts([releasedWithSamples(loom)], [{ ...loom, ...changed } as MessageContract]).map(({ path, direction, what }) => ({ path, direction, what }));
const withItem = (changed: z.ZodType) => ({ schema: schema.extend({ items: z.array(changed).max(10) }) });

describe('a planted break', () => {
  it.each<[string, Partial<MessageContract>, string, string, RegExp]>([
    ['a removed required field', withItem(item.omit({ name: true })), 'data.items[].name', NEW_TO_OLD, /not sent, but is required/],
    ['a removed optional field', { schema: schema.omit({ note: true }) }, 'data.note', OLD_TO_NEW, /dropped unread/],
    ['a field of another type', withItem(item.extend({ name: z.number() })), 'data.items[].name', OLD_TO_NEW, /string is sent, number is taken/],
    ['a new required field', withItem(item.extend({ weight: z.number() })), 'data.items[].weight', OLD_TO_NEW, /not sent, but is required/],
    ['an optional field that became required', { schema: schema.required({ note: true }) }, 'data.note', OLD_TO_NEW, /may be left out/],
    ['a required field that became optional', { schema: schema.partial({ labels: true }) }, 'data.labels', NEW_TO_OLD, /may be left out/],
    ['a value less in an enumeration', withItem(item.extend({ kind: z.enum(['warp']).optional() })), 'data.items[].kind', OLD_TO_NEW, /"weft" is not taken/],
    ['a value more in an enumeration', withItem(item.extend({ kind: z.enum(['warp', 'weft', 'selvage']).optional() })), 'data.items[].kind', NEW_TO_OLD, /"selvage" is not taken/],
    ['a narrower range', withItem(item.extend({ size: z.number().int().min(2).max(9) })), 'data.items[].size', OLD_TO_NEW, /from 1 on are sent, from 2 on/],
    ['a wider range', withItem(item.extend({ size: z.number().int().min(1).max(99) })), 'data.items[].size', NEW_TO_OLD, /up to 99 are sent, up to 9/],
    ['a new pattern', withItem(item.extend({ name: z.string().min(1).regex(/^[a-z]+$/) })), 'data.items[].name', OLD_TO_NEW, /pattern none is sent/],
    ['a shorter length', withItem(item.extend({ name: z.string().min(1).max(5) })), 'data.items[].name', OLD_TO_NEW, /maxLength none is sent, 5/],
    ['fewer items', { schema: schema.extend({ items: z.array(item).max(5) }) }, 'data.items', OLD_TO_NEW, /maxItems 10 is sent, 5/],
    ['a whole number that became any', withItem(item.extend({ size: z.number().min(1).max(9) })), 'data.items[].size', NEW_TO_OLD, /number is sent, integer is taken/],
    ['an alternative less', { schema: schema.extend({ colour: z.string() }) }, 'data.colour', OLD_TO_NEW, /number is sent/],
    ['null where there was none', { schema: schema.extend({ id: z.uuid().nullable() }) }, 'data.id', NEW_TO_OLD, /null is sent/],
    ['no null where there was one', { schema: schema.extend({ at: z.iso.datetime() }) }, 'data.at', OLD_TO_NEW, /null is sent/],
    ['other values of a record', { schema: schema.extend({ labels: z.record(z.string(), z.number()) }) }, 'data.labels.{}', OLD_TO_NEW, /string is sent/],
    ['a record that became fields', { schema: schema.extend({ labels: z.object({ a: z.string().optional() }) }) }, 'data.labels.{}', OLD_TO_NEW, /dropped unread/],
    ['another role', { role: 'transfer' }, 'role', 'always', /was event, is transfer/],
    ['another publisher', { from: 'git-sync' }, 'from', 'always', /was fabric/],
    ['a consumer less', { to: ['notification'] }, 'to', 'always', /k8s-sync was a consumer/],
    ['another order', { order: 'key' }, 'order', 'always', /was not set, is "key"/],
    ['a refinement that no schema shows', { schema: schema.refine((data) => data.items.length > 0, { path: ['items'], message: 'name one at least' }) }, 'data.items', OLD_TO_NEW, /name one at least/],
  ])('%s is told with its path', (_, changed, path, direction, what) => {
    expect(breaksWith(changed)).toContainEqual({ path, direction, what: expect.stringMatching(what) as string });
  });

  it('is a released contract that is gone', () => {
    const [found, ...others] = checkContracts([releasedWithSamples(loom)], []);
    expect(others).toEqual([]);
    expect(tellBreak(found!)).toMatch(/^loom\.moved\.v1 \(contract\): it was released and is gone.*Remedy: declare it again/);
  });

  it.each(['question', 'answer'] as const)('in a released %s is told with the remedy of requests', (role) => {
    const asked = { ...loom, role, type: 'loom.get', to: ['gateway' as const] };
    const [found] = checkContracts([releasedWithSamples(asked)], [{ ...asked, ...withItem(item.extend({ weight: z.number() })) }]);
    expect(tellBreak(found!)).toMatch(/^loom\.get\.v1 data\.items\[\]\.weight: .*another method beside this one/);
    expect(checkContracts([releasedWithSamples(asked)], []).map(tellBreak)).toEqual([expect.stringContaining('answer it for one more release')]);
  });

  it('is told as a line with the remedy', () => {
    const [found] = checkContracts([releasedWithSamples(loom)], [{ ...loom, ...withItem(item.extend({ weight: z.number() })) } as MessageContract]);
    expect(tellBreak(found!)).toBe('loom.moved.v1 data.items[].weight: it is not sent, but is required (old publisher to new consumer). Remedy: make it optional (or give it a default) and keep what was there, or declare a new version beside this one (see libs/contracts/README.md).');
  });

  it('is a new field for a consumer that refuses unknown ones', () => {
    const strict = { ...loom, schema: z.strictObject({ id: z.uuid() }) };
    const wider = { ...loom, schema: z.strictObject({ id: z.uuid(), note: z.string().optional() }) };
    expect(checkContracts([releasedWithSamples(strict)], [wider])).toMatchObject([{ path: 'data.note', direction: NEW_TO_OLD, what: expect.stringContaining('refused as an unknown field') as string }]);
  });

  it('is found within one alternative of a union', () => {
    const union = (reason: z.ZodType) => ({ ...loom, schema: z.object({ outcome: z.discriminatedUnion('type', [z.object({ type: z.literal('done') }), z.object({ type: z.literal('stalled'), reason })]) }) });
    expect(checkContracts([releasedWithSamples(union(z.string()))], [union(z.number())])).toContainEqual(expect.objectContaining({ path: 'data.outcome.reason', direction: OLD_TO_NEW }));
  });
});

describe('a change that breaks nothing', () => {
  it.each<[string, Partial<MessageContract>]>([
    ['no change', {}],
    ['a new optional field', withItem(item.extend({ weight: z.number().optional() }))],
    ['a new field with a default', { schema: schema.extend({ speed: z.number().int().default(1) }) }],
    ['one more consumer of an event', { to: ['notification', 'k8s-sync', 'git-sync'] }],
    ['a description', { schema: schema.extend({ note: z.string().optional().describe('for people') }) }],
  ])('%s passes', (_, changed) => {
    expect(breaksWith(changed)).toEqual([]);
  });

  it('is a new version beside the old one', () => {
    const v2 = defineMessage({ ...loom, version: 2, schema: z.object({ id: z.number() }), supersedes: { contract: loom, upgrade: () => ({ id: 1 }) } });
    expect(checkContracts([releasedWithSamples(loom)], versionsOf(v2))).toEqual([]);
  });

  it('is a refinement that was there before', () => {
    const refined = { ...loom, schema: schema.refine((data) => data.items.length > 0) };
    expect(checkContracts([releasedWithSamples(refined)], [refined])).toEqual([]);
  });

  it('is a schema that holds itself', () => {
    const node: z.ZodType = z.object({ name: z.string(), get children() { return z.array(node); } });
    const tree = { ...loom, schema: z.object({ root: node }) };
    expect(checkContracts([releasedWithSamples(tree)], [tree])).toEqual([]);
  });
});
