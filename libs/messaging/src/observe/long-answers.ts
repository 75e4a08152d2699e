import { clusterTest, DEAD_LETTER_SERVICES, deadLetterRequests, eventList, repositoryTest } from '@heddle/contracts';

/** Questions that take long by what they are: they wait for events, work through many dead letters, or test a connection to what may not answer. */
export const LONG_QUESTIONS: readonly string[] = [
  eventList, clusterTest, repositoryTest, ...DEAD_LETTER_SERVICES.flatMap((service) => [deadLetterRequests(service).replay, deadLetterRequests(service).discard]),
].map(({ method }) => method);

/** The gateway's routes that ask them, or wait for events themselves. */
export const LONG_ROUTES: readonly string[] = [
  '/api/v1/events', '/api/v1/fabrics/:fabric/test', '/api/v1/cluster-tests', '/api/v1/repositories/:repository/test',
  ...['replay', 'discard'].flatMap((act) => [`/api/v1/dead-letters/${act}`, `/api/v1/dead-letters/:service/:id/${act}`]),
];
