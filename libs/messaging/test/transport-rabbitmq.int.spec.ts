import { rabbitmqBrokerUnderTest } from './rabbitmq-broker-under-test.ts';
import { transportConformance } from './transport-conformance.ts';

transportConformance('RabbitMQ', rabbitmqBrokerUnderTest);
