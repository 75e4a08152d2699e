import { CreateMessagingTables1763700100000 } from './1763700100000-create-messaging-tables.ts';
import { AddPriorityAndExpiryToOutbox1764000200000 } from './1764000200000-add-priority-and-expiry-to-outbox.ts';
import { CreateDeadLetters1764000300000 } from './1764000300000-create-dead-letters.ts';
import { LetParkedMessagesGoInFront1764000300001 } from './1764000300001-let-parked-messages-go-in-front.ts';
import { CreateTasks1764000500002 } from './1764000500002-create-tasks.ts';
import { CreateAlerts1764000700000 } from './1764000700000-create-alerts.ts';
import { CreateBegunAttempts1764100100000 } from './1764100100000-create-begun-attempts.ts';
import { NarrowIndexes1796064000000 } from './20261130184000-narrow-indexes.ts';
import { CreateQueueProgress1796074800000 } from './20261130214000-create-queue-progress.ts';
import { IndexGivenUpTasks1796077800000 } from './20261130223000-index-given-up-tasks.ts';
import { TellWhoClosedTasks1796078700000 } from './20261130224500-tell-who-closed-tasks.ts';

/** The bus's tables (outbox, inbox, parked, dead_letter, task, bus_alert, begun_attempt, queue_progress), for the migrations of every service that uses it. */
export const messagingMigrations = [
  CreateMessagingTables1763700100000, AddPriorityAndExpiryToOutbox1764000200000, CreateDeadLetters1764000300000, LetParkedMessagesGoInFront1764000300001, CreateTasks1764000500002,
  CreateAlerts1764000700000, CreateBegunAttempts1764100100000, NarrowIndexes1796064000000, CreateQueueProgress1796074800000, IndexGivenUpTasks1796077800000, TellWhoClosedTasks1796078700000,
];
