import type { FaultCase } from './fault-cases.ts';

const engine = 'e2e/engine.faults.spec.ts';
const outages = 'e2e/outages.e2e.spec.ts';
const watch = 'apps/k8s-sync/test/kind-watch.int.spec.ts';
const steps = 'apps/k8s-sync/test/steps.int.spec.ts';
const reader = 'apps/git-sync/test/source-reader.int.spec.ts';
const operations = 'apps/fabric/test/operations.int.spec.ts';

/**
 * Everything that goes wrong with what the engine stands on: switches, API servers, Git. Numbers follow those of the
 * bus. In none of them a false healthy, a delete that Git did not ask for, or an operation without an explanation.
 */
export const engineFaultCases: readonly FaultCase[] = [
  { number: 22, what: 'an Agent hangs, or refuses its configuration', file: engine, test: '%s is named, and nothing is healthy before it follows' },
  { number: 23, what: 'an Agent loses its heartbeat', file: engine, test: 'loses its heartbeat is unknown, with the time of the last one' },
  { number: 24, what: 'an Agent flaps', file: engine, test: 'flaps is followed, and never called done before it has applied' },
  { number: 24, what: 'a wrong cable, a port shut for errors, a reboot due', file: engine, test: 'are cabled wrongly, have shut a port or wait for a reboot are told of at what that touches' },
  { number: 25, what: 'an API server is slow', file: engine, test: 'is slow is what a step in hand waits for' },
  { number: 25, what: 'an API server hangs', file: outages, test: 'shows a hanging API server with its breaker and next try' },
  { number: 26, what: '429, 5xx, a webhook without an answer', file: engine, test: '%s is named with the next try' },
  { number: 26, what: 'a server away to the deadline', file: steps, test: 'gives up at the deadline while the cluster is away' },
  { number: 27, what: 'a half-open watch', file: watch, test: 'notices a stream that went silent and opens another' },
  { number: 27, what: 'a change by hand while watches are half open', file: engine, test: 'leaves its watches half open hides no change made by hand' },
  { number: 28, what: 'a storm of 410', file: engine, test: 'answers each watch with 410 for a while is read again, and loses nothing' },
  { number: 28, what: 'a place in the watch that expired', file: watch, test: 'lists again when its place has expired' },
  { number: 29, what: 'the token expires in the middle of a sync', file: engine, test: 'refuses the token in the middle of a sync is named, and the sync goes on with a new one' },
  { number: 30, what: 'Git unreachable', file: engine, test: 'does not answer is named, and everything stays' },
  { number: 31, what: 'the branch deleted', file: engine, test: 'loses its branch is named, and everything stays' },
  { number: 32, what: 'a force-push, history rewritten', file: engine, test: 'is force-pushed is followed by what it has, and deletes only what it has no more' },
  { number: 32, what: 'history rewritten, compared by trees', file: reader, test: 'follows a rewritten history by trees alone' },
  { number: 33, what: '10,000 files', file: engine, test: 'grows by 10,000 files goes on, and loses them again without a delete that nobody approved' },
  { number: 34, what: 'an object that fails', file: operations, test: 'fails naming the blocker and tries again later' },
  { number: 34, what: 'a cause that only a person can take away', file: operations, test: 'asks for a person where the cause never passes by itself' },
  { number: 35, what: 'a revision in the middle of an operation', file: operations, test: 'takes back writes that a newer revision wants otherwise, and no others' },
  { number: 36, what: 'fabrics that are always due', file: operations, test: 'gives each fabric its turn, however much the others have to do' },
];
