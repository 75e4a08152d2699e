import { isDeepStrictEqual } from 'node:util';
import type { FabricView } from '../fabric/fabric-view.ts';
import { builtInProfiles } from '../fabric/virtual-switch-profile.ts';
import type { KubeObject } from '../kube/kube-object.ts';

/** Profiles come with the fabric's software; nobody else writes them. */
export function refuseSwitchProfile(profile: KubeObject, _fabric: FabricView): string[] {
  const builtIn = builtInProfiles.find(({ metadata }) => metadata.name === profile.metadata.name);
  if (!builtIn) return [`switch profile ${profile.metadata.name} is not one of the built-in ones, and others are not allowed`];
  return isDeepStrictEqual(builtIn.spec, profile.spec) ? [] : [`switch profile ${profile.metadata.name} is built in and can't be changed`];
}
