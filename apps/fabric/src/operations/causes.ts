/** What is known of a cause that kept a step from being done. */
export interface Cause {
  /** Whether it may pass without anybody changing the object or a right: then a failed sync is tried again by itself. */
  passes: boolean;
  /** What a person can do. A step's own remedy says it better, since it names the object. */
  remedy: string;
}

const passes = (remedy: string): Cause => ({ passes: true, remedy });
const needsPerson = (remedy: string): Cause => ({ passes: false, remedy });

/** By the reason of a step's outcome. What stands in no row needs a person: nothing is tried for ever that nobody has thought about. */
export const CAUSES: Readonly<Record<string, Cause>> = {
  // The cluster, or the way to it.
  ClusterUnreachable: passes('See the condition ClusterReachable of the fabric.'),
  TimedOut: passes('Look at the load of the API server, and at the firewalls before it.'),
  ServerError: passes('Look into the log of the API server.'),
  TooManyRequests: passes('The API server is overloaded; nothing has to be done here.'),
  WebhookUnavailable: passes('Repair the admission webhook; for Hedgehog: the fabric controller.'),
  Unauthorized: passes('Enter valid credentials of the cluster: the stored ones are unknown to it, or have expired.'),
  // Something moved meanwhile: the next plan sees it.
  StaleResourceVersion: passes('Nothing: the next plan sees the object as it is now.'),
  AlreadyExists: passes('Nothing: the next plan sees the object as it is now.'),
  NotFound: passes('Nothing: the next plan sees that the object is gone.'),
  // Something else has to come first.
  Refused: passes('See the message: an admission webhook refuses while other objects stand against it. Change those, or this one.'),
  KindMissing: passes('Install the CustomResourceDefinition of the kind, or leave the kind out of the repository.'),
  NamespaceMissing: passes('Create the namespace in the cluster.'),
  FinalizersRemain: passes('Look why the controllers named by its finalizers do not release the object.'),
  AgentsKeepVpc: passes('Look why the named Agents do not apply the delete. Where a switch is gone for good, set the pause of the fabric (vniPauseSeconds) to 0.'),
  DryRunFailed: passes('See the condition ClusterReachable of the fabric: the API server could not be asked.'),
  DeadlinePassed: passes('See why the cluster did not answer in time.'),
  // A person has to change something.
  DryRunRefused: needsPerson('Correct the object in Git as the message says; nothing was written.'),
  Forbidden: needsPerson('Grant the right that the message names to the account of the fabric, then sync again.'),
  Invalid: needsPerson('Correct the object in Git: the API server does not accept it.'),
  FieldConflict: needsPerson('Revert or adopt the named fields, or let their manager give them up, then sync again.'),
};

/** Reasons of steps that nobody wants any more, by the word of a person or of a newer revision: no failures. */
export const TAKEN_BACK: ReadonlySet<string> = new Set(['Cancelled', 'Superseded']);

/** The row of a reason; null: none, which needs a person. */
export function causeOf(reason: string): Cause | null {
  return CAUSES[reason] ?? null;
}
