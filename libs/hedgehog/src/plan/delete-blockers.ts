/** By kind, the kinds whose objects keep one from being deleted while they name it: Hedgehog's webhooks refuse it then. */
const DELETE_BLOCKERS: Readonly<Record<string, readonly string[]>> = {
  VPC: ['VPCAttachment', 'VPCPeering', 'ExternalPeering', 'Connection'],
  External: ['ExternalAttachment', 'ExternalPeering'],
  IPv4Namespace: ['VPC', 'External'],
  VLANNamespace: ['Switch', 'VPC'],
  Switch: ['Connection'],
  Server: ['Connection'],
  Connection: ['VPCAttachment', 'ExternalAttachment'],
};

/** Whether an object of `kind` can't be deleted while one of `referrerKind` names it. */
export function blocksDelete(referrerKind: string, kind: string): boolean {
  return DELETE_BLOCKERS[kind]?.includes(referrerKind) ?? false;
}
