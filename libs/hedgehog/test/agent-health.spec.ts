import { describe, expect, it } from 'vitest';
import { agentFacts, checkAgent, EXAMPLE_NOW, HEALTH_RULES } from '../src/index.ts';
import type { HealthExample, HealthRule } from '../src/index.ts';
import { fieldData } from './field-data.ts';

const HEALTHY = { lastHeartbeat: '2026-01-01T11:59:50Z', lastAppliedGen: 5, lastAttemptGen: 5, lastAttemptTime: '2026-01-01T11:30:00Z' };

const factsOf = (rule: HealthRule, { name = rule.agentKind === 'Agent' ? 'leaf-1' : 'gw-1', generation = 5, spec = {}, status = {} }: HealthExample) =>
  agentFacts(rule.agentKind, name, generation, { spec, status: { ...HEALTHY, ...status } });

const brokenBy = (rule: HealthRule, example: HealthExample): string[] => checkAgent(factsOf(rule, example), EXAMPLE_NOW).problems.map((problem) => problem.rule.id);

describe.each(HEALTH_RULES.map((rule) => [rule.id, rule] as const))('health rule %s', (id, rule) => {
  it.each(rule.good.map((example, index) => [index, example] as const))('keeps silent on its good example %i', (_index, example) => expect(brokenBy(rule, example)).toEqual([]));
  it.each(rule.bad.map((example, index) => [index, example] as const))('alone speaks on its bad example %i', (_index, example) => expect(new Set(brokenBy(rule, example))).toEqual(new Set([id])));
});

const connections = {
  'c-1': { unbundled: { link: { switch: { port: 'leaf-1/E1/1/1' }, server: { port: 'server-1/eth0' } } } },
  'f-1': { fabric: { links: [{ spine: { port: 'spine-1/E1/1', ip: '172.30.128.0/31' }, leaf: { port: 'leaf-1/E1/9', ip: '172.30.128.1/31' } }] } },
};
const spec = { connections, vpcAttachments: { 'a-1': { connection: 'c-1', subnet: 'vpc-1/default' }, 'a-2': { connection: 'other', subnet: 'vpc-1/default' } }, externalAttachments: { 'x-1': { connection: 'e-1', neighbor: { ip: '10.9.0.1', asn: 65102 } } } };
const healthOf = (state: object, status: object = {}) => checkAgent(agentFacts('Agent', 'leaf-1', 5, { spec, status: { ...HEALTHY, ...status, state } }), EXAMPLE_NOW);

describe('checkAgent', () => {
  it('touches switch, Connection and attachments of a port', () => {
    const { problems } = healthOf({ interfaces: { 'E1/1': { admin: 'up', oper: 'down' } } });
    expect(problems.map(({ touches, peer }) => ({ touches: touches.map(({ kind, name }) => `${kind}/${name}`), peer }))).toEqual([{ touches: ['Switch/leaf-1', 'Connection/c-1', 'VPCAttachment/a-1'], peer: 'server-1' }]);
  });

  it('finds the Connection of a BGP neighbour by its address', () => {
    const { problems } = healthOf({ bgpNeighbors: { default: { '172.30.128.0': { enabled: true, state: 'active' }, '10.9.0.1': { enabled: true, state: 'idle' } } } });
    expect(problems.map(({ touches }) => touches.map(({ kind, name }) => `${kind}/${name}`))).toEqual([['Switch/leaf-1', 'Connection/f-1'], ['Switch/leaf-1', 'ExternalAttachment/x-1']]);
    expect(problems[0]).toMatchObject({ peer: 'spine-1', message: expect.stringContaining('spine-1/E1/1') });
  });

  it('tells of a silent switch its silence alone', () => {
    const health = healthOf({ interfaces: { 'E1/1': { admin: 'up', oper: 'down', errDisabled: true } } }, { lastHeartbeat: '2026-01-01T11:58:00Z', rebootRequired: true });
    expect(health).toMatchObject({ silent: true, problems: [{ rule: { id: 'agent-heartbeat-lost' } }] });
  });

  it('takes a refusal as over when applied since', () => {
    const refused = { conditions: [{ type: 'Applied', status: 'False', observedGeneration: 4, message: 'no' }] };
    expect(healthOf({}, refused).problems).toEqual([]);
    expect(healthOf({}, { ...refused, lastAppliedGen: 3, lastAttemptGen: 4 }).problems).toMatchObject([{ rule: { id: 'agent-apply-failed' } }]);
  });

  it('bears any shape of what an Agent says', () => {
    for (const state of [null, 'x', 7, [], { interfaces: [], bgpNeighbors: null }, { interfaces: { 'E1/1': null, 'E1/9': { lldpNeighbors: [null, 3, {}] } }, bgpNeighbors: { default: 'x' }, breakouts: 5 }]) expect(healthOf(state as object).problems).toEqual([]);
  });
});

it.skipIf(!fieldData.present)("finds the cables of the field's Agents, and nothing wrong with an Agent as it should be", () => {
  for (const file of fieldData.files('agents')) {
    const { metadata, spec: told } = fieldData.document(`agents/${file}`) as { metadata: { name: string }; spec: Record<string, unknown> };
    const healthWith = (interfaces: object) => checkAgent(agentFacts('Agent', metadata.name, 5, { spec: told, status: { ...HEALTHY, state: { interfaces } } }), EXAMPLE_NOW).problems;
    const { links } = agentFacts('Agent', metadata.name, 5, { spec: told });
    expect(links.length, file).toBeGreaterThan(0);
    expect(healthWith(Object.fromEntries(links.map(({ port, peer, peerPort }) => [port, { admin: 'up', oper: 'up', lldpNeighbors: [{ sysName: peer, portID: peerPort }] }]))), file).toEqual([]);
    expect(healthWith(Object.fromEntries(links.map(({ port }) => [port, { admin: 'up', oper: 'down' }]))).length, file).toBe(new Set(links.map(({ port }) => port)).size);
  }
});

function pageOf(rules: readonly HealthRule[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const rows = rules.map((rule) => `| \`${rule.id}\` | ${rule.severity} | ${rule.raiseAfterMs / 1_000} s | ${cell(rule.text)} | ${cell(rule.remedy)} | ${cell(checkAgent(factsOf(rule, rule.bad[0]!), EXAMPLE_NOW).problems[0]!.message)} |`);
  return `# Health of switches and gateways\n\nWhat Heddle reads from the Agents of a fabric. What breaks a rule is a finding of source \`agent\` on the Switch or Gateway, and on the Connection and the attachments of the port that it is about; it keeps nothing from being applied. It is told once it has lasted for the time given, and taken back when it has been away for a minute: what flaps is told once. Of a switch that is silent, or of a cluster that is, nothing new is told and nothing taken back. This page is made from the rules in \`libs/hedgehog/src/agent-health\`: \`npm test -- libs/hedgehog/test/agent-health.spec.ts -u\` writes it anew.\n\n| rule | severity | after | what must hold | what to do when it does not | an example of what is said |\n|---|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

it('docs/agent-health.md is made from the rules', async () => {
  await expect(pageOf(HEALTH_RULES)).toMatchFileSnapshot('../../../docs/agent-health.md');
});
