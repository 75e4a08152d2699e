import { type Actor, ADMINISTRATOR } from '@heddle/contracts';

export interface Author { name: string; email: string }

type Person = Pick<Actor, 'id' | 'name'>;

/** Why the actor is not a second person to what these asked for and this author wrote; null: it is. */
export function notSecondPerson(actor: Actor | undefined, requestedBy: readonly Actor[], author: Author | null): string | null {
  if (!actor || (actor.type !== 'token' && actor.type !== 'user')) return 'only a person, by a token of their own, can approve';
  const shown = shownAs(actor);
  if (isAdministrator(actor)) return `the token ${shown} of the configuration is of no person in particular`;
  for (const other of requestedBy) {
    if (other.type === 'system') continue;
    const asked = other.id === actor.id || isSameName(other.name, actor.name);
    if (asked) return `${shown} asked for it`;
    const fault = sameHand(actor, other);
    if (fault) return fault;
  }
  // Who has the secret of a token may be whoever made it.
  const writer = author && lineOf(actor).find((one) => isAuthor(one, author));
  if (!writer) return null;
  return `${shown} ${writer.id === actor.id ? '' : `was made by ${shownAs(writer)}, who `}wrote the commit (${author.name} <${author.email}>)`;
}

/** Who may approve, in a sentence: everybody else. */
export function mayApprove(requestedBy: readonly Actor[], author: Author | null): string {
  const asked = requestedBy.filter(({ type }) => type !== 'system').map(shownAs);
  const wrote = author ? [`${author.name} <${author.email}>, who wrote the commit`] : [];
  const others = [...asked.map((name) => `${name}, who asked for it`), ...wrote];
  return `Anybody with a token of their own${others.length > 0 ? `, but not ${others.join(', nor ')}, nor by a token that one of them made` : ''}.`;
}

/** Two tokens may be in one hand when one made the other, or when both are of one person's making. The administrator brings people in: by it alone they are not one. */
function sameHand(actor: Actor, other: Actor): string | null {
  const [made, makes] = [lineOf(actor), lineOf(other)];
  if (made.some(({ id }) => id === other.id)) return `${shownAs(other)}, who asked for it, made the token ${shownAs(actor)}`;
  if (makes.some(({ id }) => id === actor.id)) return `${shownAs(actor)} made the token ${shownAs(other)}, which asked for it`;
  const [one, two] = [made, makes].map((line) => line.findLast((each) => !isAdministrator(each)));
  return one && one.id === two?.id ? `${shownAs(one)} made both ${shownAs(actor)} and ${shownAs(other)}, which asked for it` : null;
}

/** The actor, who made its token, who made that one, and so on: all that may have the secret. */
function lineOf(actor: Actor): Person[] {
  return [actor, ...actor.madeBy ?? []];
}

function isAdministrator({ name }: Person): boolean {
  return name === ADMINISTRATOR;
}

function shownAs({ id, name }: Person): string {
  return name ?? id;
}

/** A token's name is a label: `ada-lovelace` is Ada Lovelace, `ada` is ada@example.org. */
function isAuthor({ id, name }: Person, author: Author): boolean {
  const known = [author.name, labelOf(author.name), author.email, author.email.split('@')[0]].filter(Boolean);
  return known.some((one) => isSameName(one, name) || isSameName(one, id));
}

function labelOf(name: string): string {
  return name.normalize('NFKD').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
}

function isSameName(one: string | undefined, other: string | undefined): boolean {
  return Boolean(one) && one?.toLowerCase() === other?.toLowerCase();
}
