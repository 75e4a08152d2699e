import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { fabricStateSchema } from '../rest/fabric.ts';

/** fabric tells that a fabric moved in its state machine; `from` is null when it was created. */
export const fabricStateChangedV1 = defineMessage({
  type: 'fabric.state_changed', version: 1, role: 'event', from: 'fabric', to: ['notification'],
  schema: z.object({ fabricId: z.uuid(), name: z.string(), from: fabricStateSchema.nullable(), to: fabricStateSchema }),
});
