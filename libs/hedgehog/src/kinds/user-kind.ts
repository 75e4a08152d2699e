import { OBJECT_WATCH, SERVER_OWNED_FIELDS } from '../kind-descriptor.ts';
import type { KindDescriptor, PrinterColumn } from '../kind-descriptor.ts';

type Given = Pick<KindDescriptor, 'kind' | 'plural' | 'shortNames' | 'description' | 'rank' | 'spec'> & Partial<KindDescriptor>;

/** Completes the descriptor of a kind that users write and Heddle manages. */
export function userKind(given: Given): KindDescriptor {
  return {
    group: 'vpc.githedgehog.com',
    version: 'v1beta1',
    singular: given.kind.toLowerCase(),
    categories: ['hedgehog', 'fabric'],
    scope: 'Namespaced',
    managed: true,
    printerColumns: [AGE],
    immutable: [],
    protectedFields: SERVER_OWNED_FIELDS,
    watch: OBJECT_WATCH,
    ...given,
  };
}

/** The column that shows how old an object is. */
export const AGE: PrinterColumn = { name: 'Age', jsonPath: '.metadata.creationTimestamp', type: 'date' };

/** A column of text. */
export const column = (name: string, jsonPath: string, priority?: number): PrinterColumn => ({
  name,
  jsonPath,
  type: 'string',
  ...(priority === undefined ? {} : { priority }),
});

/** What the kinds of the wiring group share. */
export const WIRING = { group: 'wiring.githedgehog.com', categories: ['hedgehog', 'wiring', 'fabric'] } as const;

/** What the kinds of the gateway group share. */
export const GATEWAY = {
  group: 'gateway.githedgehog.com',
  version: 'v1alpha1',
  categories: ['hedgehog', 'hedgehog-gateway'],
} as const;

/**
 * Places in the order of applying: an object is applied after everything that it can name.
 * Kinds of one place do not name each other, save VPCs by relayVPC.
 */
export const RANK = { pool: 0, device: 1, cabling: 2, network: 3, attachment: 4, peering: 5 } as const;
