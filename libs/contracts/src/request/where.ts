import { defineRequest } from '../define-request.ts';
import { referenceSchema } from '../page.ts';
import { freeAnswerSchema, freeQuerySchema, whereAnswerSchema, whereQuerySchema } from '../rest/where.ts';

/** Where an address, VLAN, MAC address, port, ASN, VNI or name stands. */
export const whereFind = defineRequest({ method: 'where.find', service: 'fabric', request: whereQuerySchema, response: whereAnswerSchema });
/** What is not taken yet of a fabric. */
export const freeFind = defineRequest({ method: 'free.find', service: 'fabric', request: freeQuerySchema.extend({ fabric: referenceSchema }), response: freeAnswerSchema });
