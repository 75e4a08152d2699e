import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { arbitraryOf } from './arbitrary-of.ts';
import { type ContractBreak } from './compare-contract.ts';
import { type CheckedContract, released, type ReleasedContract } from './released-contract.ts';

const SAMPLES = 25;
/** Of a question or an answer: there are many, large ones, and what their schemas do not tell is mostly in what they share with messages. */
const SAMPLES_OF_REQUESTS = 5;
/** Kept of a contract that refuses some of its own samples. */
const KEPT = 5;
/** The same samples in each run: a check that fails today and not tomorrow says nothing. */
const SEED = 20_261_124;
const REMEDY = 'take what was taken before, or declare a new version beside this one';

/** The released form of a contract, with samples where its schema does not tell all that it refuses. */
export function releasedWithSamples(contract: CheckedContract): ReleasedContract {
  const form = released(contract);
  const all = samplesOf(form);
  const taken = all.filter((sample) => contract.schema.safeParse(sample).success);
  if (taken.length === all.length) return form;
  if (taken.length === 0) throw new Error(`No sample of '${contract.type}' fits it: its refinements refuse all that its schema describes`);
  return { ...form, samples: taken.slice(0, KEPT) };
}

/**
 * Compares by samples, which shows what no schema tells (refinements, transforms): messages as the release publishes them
 * are parsed by the present contract, and what the present one publishes is held against the released schema.
 */
export function compareSamples(before: ReleasedContract, contract: CheckedContract): ContractBreak[] {
  const name = `${before.type}.v${before.version}`;
  const old = (before.samples ?? samplesOf(before)).flatMap((sample): ContractBreak[] => {
    const parsed = contract.schema.safeParse(sample);
    if (parsed.success) return [];
    const issue = parsed.error.issues[0]!;
    return [{ contract: name, path: dataPath(issue.path), what: `a message of the release is refused: ${issue.message}`, direction: 'old publisher to new consumer', remedy: REMEDY }];
  });
  const takes = validatorOf(before);
  const fresh = samplesOf(released(contract)).flatMap((sample): ContractBreak[] => {
    const sent = contract.schema.safeParse(sample);
    // What a refinement refuses is never sent.
    if (!sent.success || takes(JSON.parse(JSON.stringify(sent.data)))) return [];
    const error = takes.errors?.[0];
    return [{ contract: name, path: dataPath((error?.instancePath ?? '').split('/').slice(1)), what: `the release refuses a message: ${error?.message ?? 'it does not fit'}`, direction: 'new publisher to old consumer', remedy: REMEDY }];
  });
  return firstOfEach([...old, ...fresh]);
}

function samplesOf({ sends, role }: Pick<ReleasedContract, 'sends' | 'role'>): unknown[] {
  const numRuns = role === 'question' || role === 'answer' ? SAMPLES_OF_REQUESTS : SAMPLES;
  return fc.sample(arbitraryOf(sends), { numRuns, seed: SEED }).map((sample) => JSON.parse(JSON.stringify(sample)) as unknown);
}

function validatorOf({ accepts }: ReleasedContract) {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  return ajv.compile(accepts);
}

/** `data.items[].name`: all items are one place. */
function dataPath(parts: readonly PropertyKey[]): string {
  return `data${parts.map((part) => (/^\d+$/.test(String(part)) ? '[]' : `.${String(part)}`)).join('')}`;
}

function firstOfEach(breaks: ContractBreak[]): ContractBreak[] {
  return [...new Map(breaks.map((one) => [`${one.direction} ${one.path} ${one.what}`, one])).values()];
}
