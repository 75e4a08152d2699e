import { defineMessage } from '../define-message.ts';
import { observationSchema } from './observed-object.ts';

/** k8s-sync hands fabric what it saw of the managed kinds. */
export const objectsObservedV1 = defineMessage({
  type: 'objects.observed', version: 1, role: 'transfer', from: 'k8s-sync', to: ['fabric'], schema: observationSchema,
});
