import { memoryBrokerUnderTest } from './memory-broker-under-test.ts';
import { transportConformance } from './transport-conformance.ts';

transportConformance('a memory broker', memoryBrokerUnderTest);
