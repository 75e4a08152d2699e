import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { delimiter, join } from 'node:path';
import type { RabbitmqInstallation } from './rabbitmq-installation.ts';

export interface RabbitmqPorts {
  amqp: number;
  management: number;
  prometheus: number;
  distribution: number;
  epmd: number;
}

export interface RabbitmqNode {
  name: string;
  /** Where it and all that is its lies. */
  folder: string;
  ports: RabbitmqPorts;
  password: string;
  environment: NodeJS.ProcessEnv;
}

/** What sets the node of a cluster apart from one that is alone. */
export interface RabbitmqClusterMember {
  /** Such as `heddle-1@localhost`. */
  name: string;
  /** Lines of rabbitmq.conf. */
  configuration: string;
  /** The same for all nodes. */
  secrets: { password: string; cookie: string };
  /** Seconds of silence between nodes after which one holds the other for dead. */
  tickSeconds: number;
}

export const rabbitmqUser = 'heddle';

/**
 * Writes the configuration of a broker that lives in `folder` alone and listens on 127.0.0.1 alone,
 * whatever is configured on the machine. The user's password and the node's cookie are made once.
 */
export function writeRabbitmqNode(folder: string, installation: RabbitmqInstallation, ports: RabbitmqPorts, member?: RabbitmqClusterMember): RabbitmqNode {
  const name = member?.name ?? 'heddle@localhost';
  for (const part of ['home', 'mnesia', 'log']) mkdirSync(join(folder, part), { recursive: true });
  const password = secretOnce(join(folder, 'password'), 0o600, member?.secrets.password);
  secretOnce(join(folder, 'home/.erlang.cookie'), 0o400, member?.secrets.cookie);
  writeFileSync(join(folder, 'rabbitmq.conf'), configuration(ports, password) + (member?.configuration ?? ''), { mode: 0o600 });
  writeFileSync(join(folder, 'rabbitmq-env.conf'), '');
  writeFileSync(join(folder, 'enabled_plugins'), '[rabbitmq_management,rabbitmq_prometheus,rabbitmq_consistent_hash_exchange].\n');
  return { name, folder, ports, password, environment: environment(folder, name, installation, ports, member) };
}

function secretOnce(file: string, mode: number, given?: string): string {
  if (!existsSync(file)) writeFileSync(file, given ?? randomBytes(24).toString('hex'), { mode });
  return readFileSync(file, 'utf8');
}

function configuration(ports: RabbitmqPorts, password: string): string {
  return `listeners.tcp.1 = 127.0.0.1:${ports.amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = ${ports.management}
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = ${ports.prometheus}
default_user = ${rabbitmqUser}
default_pass = ${password}
default_user_tags.administrator = true
log.console = true
log.console.level = warning
log.file = false
disk_free_limit.absolute = 50MB
`;
}

function environment(folder: string, name: string, { path, libraries }: RabbitmqInstallation, ports: RabbitmqPorts, member?: RabbitmqClusterMember): NodeJS.ProcessEnv {
  return {
    PATH: [...path, '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter),
    LD_LIBRARY_PATH: libraries.join(delimiter),
    LANG: 'C.UTF-8',
    HOME: join(folder, 'home'),
    RABBITMQ_NODENAME: name,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_CRASH_DUMP_SECONDS: '0',
    // The script then becomes the broker, so that our child's process id is the broker's.
    RUNNING_UNDER_SYSTEMD: 'true',
    // An idle broker must not spin on a core that the services need.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      `-start_epmd false -kernel inet_dist_use_interface {127,0,0,1} ${member ? `-kernel net_ticktime ${member.tickSeconds} ` : ''}+sbwt none +sbwtdcpu none +sbwtdio none`,
  };
}
