/** One thing that goes wrong, and the test that shows that nothing is lost or doubled by it. */
export interface FaultCase {
  number: number;
  what: string;
  /** From the root of the repository. */
  file: string;
  /** The name of the test, as it stands in the file. */
  test: string;
}

const bus = (file: string) => `libs/messaging/test/${file}`;
const cluster = bus('cluster.faults.spec.ts');
const failures = bus('failures.int.spec.ts');
const faults = bus('faults.int.spec.ts');
const connections = bus('connections.int.spec.ts');
const killed = bus('killed-consumer.faults.spec.ts');
const publisher = bus('killed-publisher.faults.spec.ts');
const postgres = bus('postgres-faults.int.spec.ts');
const alarms = bus('alarms.faults.spec.ts');
const outbox = bus('outbox.int.spec.ts');
const order = bus('order.int.spec.ts');

/**
 * Everything that goes wrong with the bus and what it stands on. `npm run test:faults` runs the files, `npm test` those
 * that need no cluster; the table in libs/messaging/test/README.md is made of this.
 */
export const faultCases: readonly FaultCase[] = [
  { number: 1, what: 'the only broker killed under load', file: bus('broker-crash.faults.spec.ts'), test: 'loses no commit and doubles no effect' },
  { number: 1, what: 'each of three nodes killed in turn under load', file: cluster, test: 'loses and doubles nothing while each is killed in turn' },
  { number: 1, what: 'a node frozen, and woken up', file: cluster, test: 'goes on while one is frozen, and when it wakes up' },
  { number: 1, what: 'a node that stays apart after it woke up', file: cluster, test: 'goes on while they stay apart after one woke up, and when that one is started anew' },
  { number: 2, what: 'two of three nodes down for a while', file: cluster, test: 'pauses without a majority, and loses nothing' },
  { number: 2, what: 'a service started without a majority', file: cluster, test: 'start a service without a majority, degraded, and it recovers' },
  { number: 3, what: 'a partition between nodes, by silence and by refusal', file: cluster, test: 'loses and doubles nothing in a partition whose sides are %s' },
  { number: 4, what: 'a memory alarm', file: alarms, test: 'of %s opens the breaker, takes commits, and loses nothing' },
  { number: 5, what: 'a disk alarm', file: alarms, test: 'of %s opens the breaker, takes commits, and loses nothing' },
  { number: 6, what: 'a publisher killed between commit and publish', file: publisher, test: 'loses nothing when it is killed between commit and publish' },
  { number: 7, what: 'a publisher killed between confirm and delete', file: publisher, test: 'doubles nothing when it is killed between confirm and delete' },
  { number: 8, what: 'a consumer killed between effect and acknowledgement', file: killed, test: 'between effect and acknowledgement doubles nothing' },
  { number: 9, what: 'connection cut while a handler runs; its late acknowledgement', file: connections, test: 'settles no other message when an acknowledgement is late' },
  { number: 9, what: 'connections cut under load', file: faults, test: 'loses and doubles nothing when connections are cut under load' },
  { number: 9, what: 'a half-open connection', file: bus('half-open.faults.spec.ts'), test: 'loses and doubles nothing when it is half-open' },
  { number: 9, what: 'a channel closed by the broker on a living connection', file: faults, test: 'opens a channel again that the broker closed' },
  { number: 10, what: 'a poison message: attempts are bounded', file: failures, test: 'is dead after its last attempt, and readable' },
  { number: 10, what: 'a poison message that ends its process each time', file: bus('deadly-message.faults.spec.ts'), test: 'is a dead letter after its attempts, and its neighbours are handled once' },
  { number: 10, what: 'a poison message: its neighbours flow', file: failures, test: 'lets its neighbours flow' },
  { number: 11, what: 'no queue takes a message', file: faults, test: 'holds an unroutable message back with its key, and lets others go' },
  { number: 11, what: 'a publisher that starts before its consumer ever did', file: outbox, test: 'sends what was written before its consumer ever started' },
  { number: 12, what: 'broken JSON, an unknown version, another schema, keys that stand twice', file: bus('malformed.int.spec.ts'), test: 'are a dead letter: %s' },
  { number: 12, what: 'a body larger than anything that is kept', file: bus('malformed.int.spec.ts'), test: 'may be larger than anything that is kept' },
  { number: 13, what: 'the same id with another body', file: failures, test: 'is an id-conflict when another body has its id' },
  { number: 14, what: 'outbox ids that commit out of order', file: outbox, test: 'sends a row whose lower id commits later' },
  ...([
    [10, 'poison messages'], [11, 'messages that no queue takes'], [12, 'bytes that are no message'], [13, 'ids that come again, with the same bytes and with others'], [14, 'rows that commit late'],
  ] as const).map(([number, what]) => ({ number, what: `${what}, with all the others of 10 to 14 at once, under load`, file: bus('bad-messages.faults.spec.ts'), test: 'costs no other message its one effect' })),
  { number: 15, what: 'the active consumer of an ordered group lost', file: order, test: 'holds when the active consumer is lost, and from one to four to one' },
  { number: 15, what: 'an old message after a newer one', file: 'apps/fabric/test/natural-keys.int.spec.ts', test: '$of is not overwritten by an older one: $what' },
  { number: 15, what: 'a chunk missing', file: 'apps/fabric/test/revisions.int.spec.ts', test: 'asks for a revision again that lost a chunk' },
  { number: 16, what: 'connections to PostgreSQL cut', file: postgres, test: 'loses and doubles nothing when its connections are cut' },
  { number: 16, what: 'PostgreSQL restarted, and killed', file: postgres, test: 'loses and doubles nothing when it is restarted, and when it crashes' },
  { number: 16, what: 'a deadlock between two handlers', file: postgres, test: 'is tried again in the process and costs no attempt' },
  { number: 17, what: 'a partition missing at midnight', file: 'apps/notification/test/notification.int.spec.ts', test: 'logs on after midnight and drops days that are too old' },
  { number: 18, what: 'one consumer, four, and one again under load', file: bus('scaling.faults.spec.ts'), test: 'of %s lose and double nothing from one to four and back' },
  { number: 19, what: 'a replay by filter during live traffic', file: 'apps/notification/test/replay.int.spec.ts', test: 'sends what passes the filter to this queue alone, while live events go on' },
  { number: 19, what: 'a dead letter replayed', file: bus('dead-letters.int.spec.ts'), test: 'is replayed with its id, and once only' },
  { number: 19, what: 'a dead letter of three days ago replayed', file: bus('dead-letters.int.spec.ts'), test: 'is replayed three days after it died' },
  { number: 19, what: 'a dead letter replayed whose message was handled by then', file: bus('dead-letters.int.spec.ts'), test: 'has no second effect when its message was handled by then' },
  { number: 20, what: 'an upload to the archive cut off', file: 'apps/notification/test/archive.int.spec.ts', test: 'keeps a day in the log after %s, tells of it, and tries again' },
  { number: 21, what: 'the owner of a job paused past its lease', file: 'apps/k8s-sync/test/paused-owner.faults.spec.ts', test: 'leaves no trace of a paused one that wakes up late' },
  { number: 21, what: 'owners paused past their leases, in all services', file: 'e2e/paused-owners.e2e.spec.ts', test: 'what paused owners of every service had in hand is finished by others, and nothing of theirs lands' },
];

/**
 * The files of the cases that are part of `npm test` and of `npm run test:faults`, so that the latter shows each of the 21 within
 * ten minutes. Left to `npm test` is what takes the whole mesh and shows a case once more.
 */
export const faultFiles: readonly string[] = [...new Set(faultCases.map(({ file }) => file))].filter((file) => !/\.(faults|e2e)\.spec\.ts$/.test(file));

/** The cases as a table in Markdown. @param from the folder of the document, for links */
export function renderFaultCases(from: string, cases: readonly FaultCase[] = faultCases): string {
  const up = from.split('/').map(() => '..').join('/');
  const rows = cases.map(({ number, what, file, test }) => {
    const link = file.startsWith(`${from}/`) ? file.slice(from.length + 1) : `${up}/${file}`;
    return `| ${number} | ${what} | [${file.split('/').at(-1)!}](${link}): ${test} |`;
  });
  return ['| case | what goes wrong | shown by |', '|---|---|---|', ...rows].join('\n');
}
