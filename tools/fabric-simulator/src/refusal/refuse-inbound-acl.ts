import { parseCidr } from '../fabric/ipv4.ts';
import type { Body } from '../kube/kube-object.ts';

export function refuseInboundAcl(acl: Body): string[] {
  const seen = new Set<number>();
  return ((acl.statements ?? []) as Body[]).flatMap((statement) => {
    const faults = [...refuseMatch(statement), ...refusePorts(statement), ...refuseFlags(statement)];
    if (!(statement.seq >= 10)) faults.push('sequence numbers start at 10');
    if (seen.has(statement.seq)) faults.push('sequence number is used twice');
    seen.add(statement.seq);
    return faults.map((fault) => `ACL statement ${statement.seq}: ${fault}`);
  });
}

function refuseMatch(statement: Body): string[] {
  const faults: string[] = [];
  if (!['permit', 'deny', 'discard', 'transit'].includes(statement.action)) faults.push(`action ${statement.action} is unknown`);
  if (!['ip', 'tcp', 'udp', 'icmp'].includes(statement.protocol)) faults.push(`protocol ${statement.protocol} is unknown`);
  for (const prefix of [statement.srcPrefix, statement.dstPrefix]) {
    if (prefix !== 'any' && !parseCidr(prefix)) faults.push(`prefix ${prefix} is neither a CIDR nor any`);
  }
  return faults;
}

function refusePorts(statement: Body): string[] {
  const { portRangeBegin: begin, portRangeEnd: end } = statement;
  const faults: string[] = [];
  if ((begin || end) && !['tcp', 'udp'].includes(statement.protocol)) faults.push('only tcp and udp have ports');
  if ((begin || end) && !(begin >= 1 && begin <= end && end <= 65_535)) faults.push(`port range ${begin}-${end} is not valid`);
  if ((statement.icmpType != null || statement.icmpCode != null) && statement.protocol !== 'icmp') faults.push('only icmp has type and code');
  return faults;
}

function refuseFlags(statement: Body): string[] {
  const flags = Object.entries((statement.tcpFilters ?? {}) as Record<string, boolean>).filter(([, set]) => set).map(([name]) => name);
  const faults: string[] = [];
  if (flags.length > 0 && statement.protocol !== 'tcp') faults.push('only tcp has flags');
  if (flags.includes('established') && flags.length > 1) faults.push('established excludes other flags');
  for (const flag of flags) {
    const negation = `not${flag[0]?.toUpperCase()}${flag.slice(1)}`;
    if (flags.includes(negation)) faults.push(`${flag} and ${negation} exclude each other`);
  }
  return faults;
}
