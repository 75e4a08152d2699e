import type { RecordedExchange } from './contract-client.ts';
import type { ContractRun } from './global-setup.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** Replaces what differs from run to run by placeholders, numbered by first appearance: uids, versions, times, names, secrets. */
export function normaliseRecording(exchanges: RecordedExchange[], run: ContractRun): RecordedExchange[] {
  const versions = new Map<string, string>();
  const tokens = new Map<string, string>();
  let text = JSON.stringify(exchanges).replaceAll(run.group, 'contract.heddle.test').replaceAll(run.namespace, 'contract');
  text = text.replaceAll(run.namespace.replace('heddle-contract-', ''), '<run>').replaceAll(TIME, '<time>');
  for (const [, version = ''] of text.matchAll(/"resourceVersion\\*":\\*"(\d{2,})\\*"/g)) number(versions, version, 'rv');
  for (const [, token = ''] of text.matchAll(/"continue":"([^"]+)"/g)) number(tokens, token, 'continue');
  const uids = new Map<string, string>();
  text = text.replaceAll(UUID, (uid) => number(uids, uid, 'uid'));
  for (const [token, name] of tokens) text = text.replaceAll(token, name).replaceAll(encodeURIComponent(token), name);
  for (const [version, name] of versions) text = text.replaceAll(new RegExp(`(?<=["=(])${version}(?=[\\\\"&)])`, 'g'), name);
  text = text.replaceAll(/("(?:token|caBundle)":)"[^"]*"/g, '$1"<secret>"').replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>');
  return JSON.parse(text) as RecordedExchange[];
}

function number(known: Map<string, string>, value: string, kind: string): string {
  const name = known.get(value) ?? `<${kind}-${known.size + 1}>`;
  known.set(value, name);
  return name;
}
