/** The head of a commit object. */
export interface Commit {
  id: string;
  tree: string;
  author: string;
  email: string;
  subject: string;
  /** ISO 8601, UTC. */
  committedAt: string;
}

const PERSON = /^(author|committer) (.*?) ?<([^>]*)> (-?\d+) [+-]\d{4}$/;
/** 9999-12-31, the last instant that an ISO date of four digits can name. */
const LAST_SECOND = 253_402_300_799;

/** Reads a raw commit object; what it lacks becomes empty, so that an odd commit does not stop a sync. */
export function parseCommit(id: string, raw: Buffer): Commit {
  const text = raw.toString('utf8');
  const split = text.indexOf('\n\n');
  const headers = (split === -1 ? text : text.slice(0, split)).split('\n');
  const person = (name: string) => headers.map((line) => PERSON.exec(line)).find((match) => match?.[1] === name);
  const author = person('author');
  const seconds = Number(person('committer')?.[4] ?? 0);
  return {
    id,
    tree: headers.find((line) => line.startsWith('tree '))?.slice(5) ?? '',
    author: clip(author?.[2] ?? ''),
    email: clip(author?.[3] ?? ''),
    subject: clip(split === -1 ? '' : text.slice(split + 2).split('\n', 1)[0]!),
    committedAt: new Date(Math.min(Math.max(seconds, 0), LAST_SECOND) * 1000).toISOString(),
  };
}

function clip(text: string): string {
  return text.replaceAll('\u0000', '').slice(0, 500);
}
