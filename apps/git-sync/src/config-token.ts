/** Injection token of the service's configuration. */
export const GIT_SYNC_CONFIG = Symbol('git-sync configuration');
