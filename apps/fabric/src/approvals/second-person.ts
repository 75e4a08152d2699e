import type { Actor } from '@heddle/contracts';

export interface Author { name: string; email: string }

/** Why the actor is not a second person to what these asked for and this author wrote; null: it is. */
export function notSecondPerson(actor: Actor | undefined, requestedBy: readonly Actor[], author: Author | null): string | null {
  if (!actor || (actor.type !== 'token' && actor.type !== 'user')) return 'only a person, by a token of their own, can approve';
  const shown = actor.name ?? actor.id;
  if (requestedBy.some((other) => other.id === actor.id || (other.type !== 'system' && isSameName(other.name, actor.name)))) return `${shown} asked for it`;
  if (author && isAuthor(actor, author)) return `${shown} wrote the commit (${author.name} <${author.email}>)`;
  return null;
}

/** A token's name is a label: `ada-lovelace` is Ada Lovelace, `ada` is ada@example.org. */
function isAuthor({ id, name }: Actor, author: Author): boolean {
  const known = [author.name, labelOf(author.name), author.email, author.email.split('@')[0]].filter(Boolean);
  return known.some((one) => isSameName(one, name) || isSameName(one, id));
}

function labelOf(name: string): string {
  return name.normalize('NFKD').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
}

function isSameName(one: string | undefined, other: string | undefined): boolean {
  return Boolean(one) && one?.toLowerCase() === other?.toLowerCase();
}
