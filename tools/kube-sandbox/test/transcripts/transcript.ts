import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { JsonValue } from '../../src/kube-object.ts';

export interface Exchange {
  request: { method: string; path: string; headers?: { [name: string]: string }; body?: JsonValue };
  response: { status: number; headers?: { [name: string]: string }; body?: JsonValue; closedByServer?: boolean };
  note?: string;
  webhookCalls?: { path: string; request: JsonValue; response: JsonValue; httpStatus?: number }[];
  during?: Exchange[];
}

export interface Transcript {
  file: string;
  about: string;
  given: string[];
  rvOrder: string[];
  exchanges: Exchange[];
}

/** Where recordings of a real server lie, when they do: beside the repository, or where HEDDLE_FIELD_DATA points. */
export function transcriptFolder(): string | undefined {
  const root = resolve(import.meta.dirname, '../../../..');
  const folder = join(resolve(root, process.env.HEDDLE_FIELD_DATA ?? '../shared/data'), 'kube-transcripts');
  return existsSync(folder) ? folder : undefined;
}

export function readTranscripts(folder: string): Transcript[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ file: name.replace('.json', ''), ...(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Omit<Transcript, 'file'>) }));
}

/** The Agent CRD, which the recordings take as given. */
export function agentsCrd(): JsonValue | undefined {
  const path = join(transcriptFolder() ?? '', '../hedgehog/crd/agent.githedgehog.com_agents.yaml');
  return existsSync(path) ? (parse(readFileSync(path, 'utf8')) as JsonValue) : undefined;
}

/** A schema without what the stand-in refuses: CEL rules, and lists that merge as maps (they become plain lists). */
export function withinReach(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withinReach);
  if (typeof value !== 'object' || value === null) return value;
  const result: { [key: string]: JsonValue } = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined || key === 'x-kubernetes-validations' || key === 'x-kubernetes-list-map-keys') continue;
    if (key === 'x-kubernetes-list-type' && item === 'map') continue;
    result[key] = withinReach(item);
  }
  return result;
}
