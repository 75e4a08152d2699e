import { MANAGED_KINDS, READ_ONLY_KINDS } from '../kinds/kinds.ts';
import { generateCrd } from './generate-crd.ts';
import { printYaml } from './print-yaml.ts';

/** How the manifests are written again after a change of a schema. */
export const REGENERATE_COMMAND =
  'node --conditions=@heddle/source --import ./tools/ts-loader.mjs libs/hedgehog/src/crd/write-crd-manifests.ts tools/fabric-simulator/crds';

/** The CRD manifests of all kinds of which Heddle has a schema, by file name. */
export function crdManifests(): Map<string, string> {
  const described = [...MANAGED_KINDS, ...READ_ONLY_KINDS].filter((descriptor) => descriptor.spec);
  return new Map(
    described.map((descriptor) => [
      `${descriptor.plural}.${descriptor.group}.yaml`,
      `# Generated from the schemas of libs/hedgehog. To write it again:\n# ${REGENERATE_COMMAND}\n${printYaml(generateCrd(descriptor))}\n`,
    ]),
  );
}
