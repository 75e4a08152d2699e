import { builtInProfiles } from './fabric/virtual-switch-profile.ts';
import { collectionPath, objectPath, type KubeClient } from './kube/kube-client.ts';
import { isCode } from './kube/kube-error.ts';
import { switchProfileKind } from './kube/kinds.ts';

/** Creates the built-in switch profiles; one that is already there is left as it is. */
export async function seedProfiles(client: KubeClient, namespace: string): Promise<void> {
  for (const profile of builtInProfiles) {
    try {
      await client.get(objectPath(switchProfileKind, namespace, profile.metadata.name));
    } catch (error) {
      if (!isCode(error, 404)) throw error;
      await client.create(collectionPath(switchProfileKind, namespace), profile);
    }
  }
}
