import { isDeepStrictEqual } from 'node:util';
import type { Body } from '../kube/kube-object.ts';

/** Faults of what a switch sets on its ports, against its profile. */
export function refusePorts(spec: Body, profile: Body, old: Body | undefined): string[] {
  return [
    ...refuseSpeeds(spec, profile),
    ...refuseBreakouts(spec, profile, old),
    ...refuseLineCoding(spec, profile),
    ...refuseFeatures(spec, profile.features ?? {}),
  ];
}

const entries = (map: unknown): [string, string][] => Object.entries((map ?? {}) as Record<string, string>);

function refuseSpeeds(spec: Body, profile: Body): string[] {
  const faults: string[] = [];
  for (const [group, speed] of entries(spec.portGroupSpeeds)) {
    const found = profile.portGroups?.[group] as Body | undefined;
    if (!found) faults.push(`the profile has no port group ${group}`);
    else if (!profile.portProfiles?.[found.profile]?.speed?.supported?.includes(speed)) faults.push(`port group ${group} does not run at ${speed}`);
  }
  for (const [port, speed] of entries(spec.portSpeeds)) {
    if (!portProfile(profile, port)?.speed?.supported?.includes(speed)) faults.push(`port ${port} does not run at ${speed}`);
  }
  return faults;
}

function refuseBreakouts(spec: Body, profile: Body, old: Body | undefined): string[] {
  const faults = entries(spec.portBreakouts)
    .filter(([port, mode]) => !portProfile(profile, port)?.breakout?.supported?.[mode])
    .map(([port, mode]) => `port ${port} does not break out to ${mode}`);
  if (old?.roce && spec.roce && !isDeepStrictEqual(old.portBreakouts ?? {}, spec.portBreakouts ?? {})) faults.push('breakouts can\'t be changed while RoCE is on');
  return faults;
}

function refuseLineCoding(spec: Body, profile: Body): string[] {
  const faults: string[] = [];
  for (const [port] of entries(spec.portAutoNegs)) {
    if (!portProfile(profile, port)?.autoNegAllowed) faults.push(`port ${port} does not allow auto-negotiation to be set`);
  }
  for (const [port, mode] of entries(spec.portFECs)) {
    if (!['rs', 'fc', 'auto', 'disabled'].includes(mode)) faults.push(`FEC mode ${mode} of port ${port} is unknown`);
    if (!profile.ports?.[port]) faults.push(`the profile has no port ${port}`);
  }
  return faults;
}

function refuseFeatures(spec: Body, features: Body): string[] {
  const faults: string[] = [];
  if (spec.roce && !features.roce) faults.push('the profile does not support RoCE');
  if (spec.ecmp?.roceQPN && !features.ecmpRoCEQPN) faults.push('the profile does not support RoCE QPN hashing');
  if (spec.redundancy?.type === 'eslag' && !features.eslag) faults.push('the profile does not support ESLAG');
  return faults;
}

/** The profile of a port that can be set by itself; undefined for ports in groups. */
export function portProfile(profile: Body, port: string): Body | undefined {
  return profile.portProfiles?.[profile.ports?.[port]?.profile];
}
