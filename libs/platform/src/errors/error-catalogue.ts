/** How bad it is for whoever runs Heddle: a wrong request is `info`, what keeps a fabric from being synced `error`, what needs a person at once `critical`. */
export type ErrorSeverity = 'info' | 'warning' | 'error' | 'critical';

/**
 * Who ends it: `caller` asks otherwise, `operator` mends something outside of the request, `itself` passes without
 * anybody, `report` is a defect of Heddle.
 */
export type RecoveryBy = 'caller' | 'operator' | 'itself' | 'report';

export interface CatalogueEntry {
  /** What has happened, of any object. */
  readonly meaning: string;
  readonly severity: ErrorSeverity;
  readonly by: RecoveryBy;
  /** What to do, or what happens by itself. The error itself names the object and says it more exactly. */
  readonly recovery: string;
}

/**
 * Every code that an error can have. Areas: AUTH who asks, BUS messages, events and their archive, GIT repositories, K8S
 * clusters, NET the way there, STATE what exists and in which state, SYS Heddle's own process, VAL the request. A code
 * is never used for another meaning, also when nothing has it any more and it is taken out.
 */
export const errorCatalogue = {
  'AUTH-001': { meaning: 'The request carries no token.', severity: 'info', by: 'caller', recovery: 'Send `Authorization: Bearer <token>`.' },
  'AUTH-002': { meaning: 'The token is not known, expired or revoked.', severity: 'warning', by: 'caller', recovery: 'Use a valid token; `POST /api/v1/tokens` makes one.' },
  'AUTH-003': { meaning: 'The gateway could not read who asks.', severity: 'warning', by: 'caller', recovery: 'Send a valid token.' },
  'AUTH-004': { meaning: 'Something that is audited was asked for without naming who does it.', severity: 'warning', by: 'caller', recovery: 'Ask through the gateway, with a token.' },
  'AUTH-030': { meaning: 'A deletion past the budget needs a second person, and this is the first one.', severity: 'warning', by: 'operator', recovery: 'Let somebody else look at the plan and approve it by a token of their own.' },

  'BUS-001': { meaning: 'A service tried to publish a message that does not fit its contract; nothing was stored.', severity: 'error', by: 'report', recovery: 'Report it: the publisher has a defect.' },
  'BUS-002': { meaning: 'A service tried to publish a message over the limit of size; nothing was stored.', severity: 'error', by: 'report', recovery: 'Report it: the publisher should split it into chunks.' },
  'BUS-003': { meaning: "A service asked for a priority or a time to live that messages can't have.", severity: 'error', by: 'report', recovery: 'Report it: the publisher has a defect.' },
  'BUS-004': { meaning: 'The JSON of a message could be read in two ways by its consumers.', severity: 'error', by: 'report', recovery: 'Report it: such input is to be refused before it is published.' },
  'BUS-010': { meaning: 'The payload of a task does not fit its type.', severity: 'error', by: 'caller', recovery: 'Give what the type of the task asks for.' },
  'BUS-011': { meaning: 'There is no such task, or it is kept no longer.', severity: 'info', by: 'caller', recovery: 'List the tasks; those that are over are kept for 7 days, those that failed for 30.' },
  'BUS-012': { meaning: 'The state of the task does not allow it.', severity: 'info', by: 'caller', recovery: 'Read the task; its state says what can be done.' },
  'BUS-020': { meaning: 'Nobody takes questions to the service.', severity: 'error', by: 'operator', recovery: 'Start the service, or look into its log; each request tries it again.' },
  'BUS-021': { meaning: 'The service did not answer before the deadline.', severity: 'warning', by: 'itself', recovery: 'Try again; when it goes on, look into its log and its load.' },
  'BUS-022': { meaning: "The broker is out of reach, so that a service can't be asked.", severity: 'error', by: 'operator', recovery: 'Look at RabbitMQ; the connection comes back by itself.' },
  'BUS-023': { meaning: 'The service does not know what it was asked.', severity: 'error', by: 'operator', recovery: 'Bring all services to the same release.' },
  'BUS-024': { meaning: 'The service has too many requests in hand.', severity: 'warning', by: 'itself', recovery: 'Try again; when it goes on, start another replica.' },
  'BUS-025': { meaning: 'The answer of a service does not fit its contract.', severity: 'error', by: 'operator', recovery: 'Bring all services to the same release; if they are, report it.' },
  'BUS-030': { meaning: 'There is no such dead letter, or it is kept no longer.', severity: 'info', by: 'caller', recovery: 'List the dead letters; they are kept for 7 days.' },
  'BUS-031': { meaning: 'The dead letter is replayed, edited or discarded already.', severity: 'info', by: 'itself', recovery: 'Nothing is left to do.' },
  'BUS-032': { meaning: 'Somebody else has the dead letter in hand.', severity: 'info', by: 'itself', recovery: 'Look at it again in a moment.' },
  'BUS-033': { meaning: "The dead letter can't be replayed as it is: it could not be read, or not all of it was kept.", severity: 'warning', by: 'operator', recovery: 'Edit it, which makes a new message of it, or discard it.' },
  'BUS-034': { meaning: 'The consumer of the dead letter is there no more.', severity: 'warning', by: 'operator', recovery: 'Discard it.' },
  'BUS-035': { meaning: "The service of the dead letters can't reach its database.", severity: 'error', by: 'operator', recovery: 'Look at PostgreSQL, then go on.' },
  'BUS-060': { meaning: 'Some of the events that a replay asks for have left the log.', severity: 'info', by: 'caller', recovery: 'Begin at the instant that is named, or name the archive by `HEDDLE_ARCHIVE`.' },
  'BUS-062': { meaning: 'The subscription that a replay sends to is switched off.', severity: 'warning', by: 'operator', recovery: 'Enable it, and start another replay from where this one ended.' },
  'BUS-063': { meaning: 'The broker did not confirm messages of a replay.', severity: 'warning', by: 'itself', recovery: 'The replay goes on when RabbitMQ answers.' },
  'BUS-064': { meaning: 'The queue that a replay sends to is not at the broker.', severity: 'warning', by: 'operator', recovery: 'Start the service that consumes it, which declares it, and then another replay.' },
  'BUS-070': { meaning: 'An object is missing in the archive.', severity: 'critical', by: 'operator', recovery: 'Look whether somebody removed it, or whether `HEDDLE_ARCHIVE` names another place than it did.' },
  'BUS-071': { meaning: 'The archive does not answer, or its disk does not take or give.', severity: 'error', by: 'operator', recovery: 'Look at its server or disk; it is tried again. Days stay in the log until they are archived.' },
  'BUS-072': { meaning: 'The archive refuses the account, or there is no such bucket.', severity: 'error', by: 'operator', recovery: 'Correct `HEDDLE_ARCHIVE` and its access key, or what they may do.' },
  'BUS-073': { meaning: 'A day in the archive is not what its manifest says.', severity: 'critical', by: 'operator', recovery: 'As long as the log has all of the day it is archived anew by itself; otherwise bring the object back from a copy.' },
  'BUS-074': { meaning: 'A day is too large for the archive.', severity: 'error', by: 'operator', recovery: 'Archive to a folder; S3 takes no more parts.' },
  'BUS-075': { meaning: 'There is no archive.', severity: 'info', by: 'operator', recovery: 'Name one by `HEDDLE_ARCHIVE` of notification.' },
  'BUS-076': { meaning: 'The log grew after its day was archived; the day is kept.', severity: 'warning', by: 'itself', recovery: 'The day is archived anew.' },
  'BUS-077': { meaning: 'The archive has other events of a day than the log; neither is written over.', severity: 'critical', by: 'operator', recovery: 'The log keeps the day. Move the object and its manifest out of the archive; the day is archived then as the log has it.' },

  'GIT-001': { meaning: 'There is no such repository.', severity: 'info', by: 'caller', recovery: 'List the repositories to see their names.' },
  'GIT-002': { meaning: "The repository can't be stored as it is given.", severity: 'info', by: 'caller', recovery: 'Correct the fields that are named.' },
  'GIT-003': { meaning: "Fabrics read the repository, so that it can't be forgotten.", severity: 'info', by: 'caller', recovery: 'Give these fabrics another repository, or delete them first.' },
  'GIT-004': { meaning: 'There is a repository of that name already.', severity: 'info', by: 'caller', recovery: 'Choose another name, or change the existing repository.' },
  'GIT-005': { meaning: 'The signature of a webhook is missing or wrong; it was not heeded.', severity: 'warning', by: 'operator', recovery: 'Enter the secret of the repository at the Git server, and choose the content type application/json.' },
  'GIT-020': { meaning: 'A webhook has no body.', severity: 'warning', by: 'operator', recovery: 'Set its content type to application/json at the Git server.' },

  'K8S-001': { meaning: "The connection to the cluster can't be stored as it is given.", severity: 'info', by: 'caller', recovery: 'Correct the field that is named.' },
  'K8S-002': { meaning: "The kubeconfig can't be read, or asks for something that Heddle does not do, as running a program.", severity: 'info', by: 'caller', recovery: 'Give one with an address, a certificate authority and a token or client certificate.' },
  'K8S-003': { meaning: 'The fabric has no cluster, or none was named.', severity: 'info', by: 'caller', recovery: 'Enter the address and the credentials of its API server.' },

  'NET-000': { meaning: 'The command line was answered by something else than the gateway.', severity: 'error', by: 'caller', recovery: 'Check the address: is it the gateway?' },
  'NET-001': { meaning: "A host name can't be resolved.", severity: 'error', by: 'operator', recovery: 'Check the name, and the DNS of the machine that Heddle runs on.' },
  'NET-002': { meaning: 'That is not a URL.', severity: 'info', by: 'caller', recovery: 'Give an absolute URL with scheme and host.' },
  'NET-003': { meaning: 'The scheme of a URL is not allowed.', severity: 'info', by: 'caller', recovery: 'Use https or ssh, or let the administrator set `HEDDLE_ALLOW_HTTP`.' },
  'NET-004': { meaning: 'Heddle may not reach the address of the host.', severity: 'warning', by: 'operator', recovery: 'Use a public address, or let the administrator allow the range with `HEDDLE_ALLOW_PRIVATE_ADDRESSES`.' },
  'NET-005': { meaning: 'An answer is larger than anything that is expected there.', severity: 'warning', by: 'operator', recovery: 'Check that the URL names the right server.' },
  'NET-010': { meaning: 'Something is not called because it failed too often: its breaker is open.', severity: 'warning', by: 'itself', recovery: 'It is tried again at the time that is named; the last failure says why.' },
  'NET-020': { meaning: 'The fabric was created, and its cluster could not be entered.', severity: 'warning', by: 'caller', recovery: 'Give the cluster again with `PUT /api/v1/fabrics/{fabric}/cluster`.' },

  'STATE-001': { meaning: 'The state of the object does not lead to the one that was asked for.', severity: 'info', by: 'caller', recovery: 'The error names the states that can follow.' },
  'STATE-002': { meaning: 'Only a planned or decommissioned fabric can be deleted.', severity: 'info', by: 'caller', recovery: 'Decommission it first.' },
  'STATE-010': { meaning: 'There is no such fabric.', severity: 'info', by: 'caller', recovery: 'List the fabrics to see their names and ids.' },
  'STATE-011': { meaning: 'There is a fabric of that name already.', severity: 'info', by: 'caller', recovery: 'Choose another name, or change that fabric.' },
  'STATE-012': { meaning: 'There is no such drift.', severity: 'info', by: 'caller', recovery: 'List the drifts of the fabric.' },
  'STATE-013': { meaning: 'There is no such operation.', severity: 'info', by: 'caller', recovery: 'List the operations of the fabric.' },
  'STATE-014': { meaning: 'There is no such plan.', severity: 'info', by: 'caller', recovery: 'Make a plan of the fabric, or list the plans that wait for an approval.' },
  'STATE-015': { meaning: 'The fabric has no such object.', severity: 'info', by: 'caller', recovery: 'List the objects of the fabric; kinds are written as VPC, VPCAttachment.' },
  'STATE-016': { meaning: 'There is no such alert.', severity: 'info', by: 'caller', recovery: 'List the alerts; those that are over are kept for 90 days.' },
  'STATE-020': { meaning: 'The cluster of the fabric has not been read as a whole yet, so that no plan can be made.', severity: 'warning', by: 'itself', recovery: 'Wait until the condition WatchesLive is true, or see the connection of the fabric.' },
  'STATE-021': { meaning: 'Git or the cluster moved on since the plan was made.', severity: 'info', by: 'caller', recovery: 'Make a new plan, look at it, and start that one.' },
  'STATE-022': { meaning: 'The objects of the fabric are being compared anew, since its release or its rules were changed.', severity: 'info', by: 'itself', recovery: 'Try again in a moment.' },
  'STATE-030': { meaning: 'Only an active fabric is synced.', severity: 'info', by: 'caller', recovery: 'End its maintenance, or give it a cluster that answers.' },
  'STATE-031': { meaning: 'An operation of the fabric is in progress.', severity: 'info', by: 'itself', recovery: 'Wait until it has ended, or cancel it.' },
  'STATE-040': { meaning: 'The plan waits for no approval.', severity: 'info', by: 'caller', recovery: 'Start a sync of it; only deletes past the budget of the fabric need an approval.' },
  'STATE-041': { meaning: "The plan can't be decided on: another one waits now, or it was decided.", severity: 'info', by: 'caller', recovery: 'List the approvals, look at the plan that waits now, and decide on that one.' },
  'STATE-042': { meaning: 'The drift policy of the kind lets nothing be put back.', severity: 'info', by: 'caller', recovery: 'Set the drift policy of the kind to ask or always_revert first.' },
  'STATE-043': { meaning: "A drift can't be adopted: bringing live values into Git comes with write-back.", severity: 'info', by: 'caller', recovery: 'Change the document in Git by hand: the drift ends when Git says the same; or revert or snooze it.' },
  'STATE-050': { meaning: 'There is or was a token of that name.', severity: 'info', by: 'caller', recovery: 'Choose another name; a name is never used twice.' },
  'STATE-051': { meaning: 'There is no such token.', severity: 'info', by: 'caller', recovery: 'List the tokens to see their names.' },
  'STATE-052': { meaning: "The token of the administrator comes from the configuration and can't be revoked.", severity: 'info', by: 'operator', recovery: 'Set another `HEDDLE_ADMIN_TOKEN` and start the gateway again.' },
  'STATE-053': { meaning: 'The token stands at the end of the longest line of tokens, each made by the one before.', severity: 'info', by: 'caller', recovery: "Make the new token by one that is nearer to the administrator's." },
  'STATE-060': { meaning: 'There is no such subscription.', severity: 'info', by: 'caller', recovery: 'List the subscriptions and use a name or id of these.' },
  'STATE-061': { meaning: 'There is a subscription of that name already.', severity: 'info', by: 'caller', recovery: 'Choose another name, or change the one that exists.' },
  'STATE-062': { meaning: 'There is no such replay.', severity: 'info', by: 'caller', recovery: 'List the replays and use an id of these.' },
  'STATE-063': { meaning: 'There is no such task of the archive.', severity: 'info', by: 'caller', recovery: 'List the tasks and use an id of these.' },

  'SYS-001': { meaning: 'Something unexpected failed in Heddle itself.', severity: 'critical', by: 'report', recovery: 'Look into the log under the correlation id, and report it.' },
  'SYS-002': { meaning: "The gateway can't reach its database.", severity: 'critical', by: 'operator', recovery: 'Look at PostgreSQL, then try again.' },
  'SYS-010': { meaning: 'A stored secret was sealed with a key that is not configured.', severity: 'critical', by: 'operator', recovery: 'Add that key to `HEDDLE_ENCRYPTION_KEYS`, or enter the credentials again.' },
  'SYS-011': { meaning: 'A stored secret was changed, or belongs to another row.', severity: 'critical', by: 'operator', recovery: 'Enter the credentials again, and find out who wrote into the database.' },

  'VAL-001': { meaning: 'The request does not fit its schema.', severity: 'info', by: 'caller', recovery: 'Correct the named fields; /api/docs describes them.' },
  'VAL-002': { meaning: 'The cursor or position is none of this list.', severity: 'info', by: 'caller', recovery: 'Take it from the page before, or begin without one.' },
  'VAL-003': { meaning: 'Each field is right, and together they ask for nothing that could be done.', severity: 'info', by: 'caller', recovery: 'Correct the named fields.' },
  'VAL-020': { meaning: "The policy of a fabric has rules that can't hold.", severity: 'info', by: 'caller', recovery: 'Correct the rules that are named.' },
  'VAL-021': { meaning: 'A time until which something holds is over, or too far away.', severity: 'info', by: 'caller', recovery: 'Give a time in the future, within 366 days for a drift.' },
  'VAL-400': { meaning: "The request can't be read.", severity: 'info', by: 'caller', recovery: 'Correct the request.' },
  'VAL-404': { meaning: 'There is no such route.', severity: 'info', by: 'caller', recovery: 'See /api/docs for the routes.' },
  'VAL-413': { meaning: 'The request body is too large.', severity: 'info', by: 'caller', recovery: 'Send a smaller body, or raise `HEDDLE_BODY_LIMIT`.' },
  'VAL-415': { meaning: 'The media type of the body is not understood.', severity: 'info', by: 'caller', recovery: 'Send application/json.' },
} as const satisfies Record<string, CatalogueEntry>;

/** A code of the catalogue, as `GIT-001`. */
export type ErrorCode = keyof typeof errorCatalogue;

/** What the catalogue says of a code; null for one that another release knows. */
export function catalogueEntry(code: string): CatalogueEntry | null {
  return Object.hasOwn(errorCatalogue, code) ? errorCatalogue[code as ErrorCode] : null;
}
