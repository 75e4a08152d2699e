/** That one object names another. */
export interface Reference {
  /** Path of the field that names it, such as `spec.subnets.default.dhcp.relayVPC`. */
  readonly field: string;
  readonly toKind: string;
  readonly toName: string;
  /** What inside the other object is meant: a subnet of a VPC, a port of a device. */
  readonly toPart?: string;
}
