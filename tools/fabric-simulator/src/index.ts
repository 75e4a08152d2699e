export { defaultingPairs } from './defaulting-pairs.ts';
export type { DefaultingPair } from './pairs/defaulting-pair.ts';
export { exampleFolder, exampleNames, exampleObjects, type ExampleName } from './example-objects.ts';
export type { KubeObject } from './kube/kube-object.ts';
