import { CreatePlatformTables1763700000000 } from './1763700000000-create-platform-tables.ts';
import { DescribeProcesses1764000100000 } from './1764000100000-describe-processes.ts';

/** The platform's tables (processes, leases, audit trail); they come before a service's own. */
export const platformMigrations = [CreatePlatformTables1763700000000, DescribeProcesses1764000100000];
