import { CreateMessagingTables1763700100000 } from './1763700100000-create-messaging-tables.ts';

/** The bus's tables (outbox, inbox, parked), for the migrations of every service that uses it. */
export const messagingMigrations = [CreateMessagingTables1763700100000];
