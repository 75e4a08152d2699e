import { isDeepStrictEqual } from 'node:util';
import { findBreaks } from './find-breaks.ts';
import type { ReleasedContract } from './released-contract.ts';

/** Who can't understand whom while replicas of two releases run side by side; `always`: after the upgrade as well. */
export type Direction = 'old publisher to new consumer' | 'new publisher to old consumer' | 'always';

/** Why a contract must not be released as it is. */
export interface ContractBreak {
  /** `<type>.v<version>` */
  contract: string;
  path: string;
  what: string;
  direction: Direction;
  remedy: string;
}

const ADD = 'make it optional (or give it a default) and keep what was there';
const ADD_BESIDE = `${ADD}, or declare a new version beside this one (see libs/contracts/README.md)`;
const ASK_BESIDE = `${ADD}, or declare a request with another method beside this one (see libs/contracts/README.md)`;
/** What a queue is declared with; priority and time to live travel with each message. */
const QUEUE_SETTINGS = ['order'];
const KEEP = 'keep it as it was released, or give the message a new type';

const GONE_MESSAGE = { what: 'it was released and is gone: messages of it still come, from old replicas, outboxes and replays', remedy: 'declare it again; a newer version names it as `supersedes`' };
const GONE_REQUEST = { what: 'it was released and is gone: gateways of that release still ask it', remedy: 'answer it for one more release' };

/** What breaks between a released contract and the present one of the same type and version. */
export function compareContract(before: ReleasedContract, now: ReleasedContract | undefined): ContractBreak[] {
  const contract = `${before.type}.v${before.version}`;
  const asked = before.role === 'question' || before.role === 'answer';
  if (!now) return [{ contract, path: '(contract)', direction: 'always', ...(asked ? GONE_REQUEST : GONE_MESSAGE) }];
  const told = (direction: Direction, breaks: { path: string; what: string }[]): ContractBreak[] => breaks.map((one) => ({ contract, ...one, direction, remedy: asked ? ASK_BESIDE : ADD_BESIDE }));
  return [
    ...compareRoad(before, now).map(({ path, what }) => ({ contract, path, what, direction: 'always' as const, remedy: KEEP })),
    ...told('old publisher to new consumer', findBreaks(before.sends, now.accepts, { lost: true })),
    ...told('new publisher to old consumer', findBreaks(now.sends, before.accepts)),
  ];
}

/** Exchange, queues and their settings follow from these: messages on their way would miss their consumer. */
function compareRoad(before: ReleasedContract, now: ReleasedContract): { path: string; what: string }[] {
  const found = (['role', 'from'] as const).filter((name) => before[name] !== now[name]).map((name) => ({ path: name, what: `was ${before[name]}, is ${now[name]}` }));
  const gone = before.to.filter((service) => !now.to.includes(service)).map((service) => ({ path: 'to', what: `${service} was a consumer: its queue goes on to fill` }));
  // One more consumer of an event is one more queue; a transfer or command has exactly one.
  const more = now.role === 'event' ? [] : now.to.filter((service) => !before.to.includes(service)).map((service) => ({ path: 'to', what: `${service} is a new consumer of a ${now.role}` }));
  const settings = QUEUE_SETTINGS.filter((name) => !isDeepStrictEqual(before.delivery?.[name], now.delivery?.[name]))
    .map((name) => ({ path: name, what: `was ${JSON.stringify(before.delivery?.[name]) ?? 'not set'}, is ${JSON.stringify(now.delivery?.[name]) ?? 'not set'}: its queues are declared with other settings` }));
  return [...found, ...gone, ...more, ...settings];
}

/** A break as one line for a person. */
export function tellBreak({ contract, path, what, direction, remedy }: ContractBreak): string {
  return `${contract} ${path}: ${what}${direction === 'always' ? '' : ` (${direction})`}. Remedy: ${remedy}.`;
}
