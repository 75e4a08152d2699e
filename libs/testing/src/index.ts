export {
  launchService, makeWorkRepo, startGitServer, startSshGitServer, TcpProxy,
  type GitRequestCounts, type GitServer, type GitServerOptions, type LaunchedService, type LaunchOptions, type ServiceName, type SshGitServer, type WorkRepo,
} from '@heddle/local';
export { createTestDatabase, type Template, type TestDatabase } from './create-test-database.ts';
export { createVhost, type TestVhost } from './create-vhost.ts';
export { eventually, type EventuallyOptions } from './eventually.ts';
export { fieldDataDir } from './field-data-dir.ts';
export type { PostgresAddress, RabbitmqAddress } from './infrastructure/lazy-infrastructure.ts';
export { testPostgres, testRabbitmq } from './infrastructure/test-infrastructure.ts';
export { RabbitmqApi } from './rabbitmq-api.ts';
export { schemaContents } from './schema-contents.ts';
export { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from './start-otlp-receiver.ts';
