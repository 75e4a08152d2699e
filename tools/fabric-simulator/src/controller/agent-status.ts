import { createHash, randomUUID } from 'node:crypto';
import { connectionLinks } from '../fabric/connection-ends.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';
import type { Fault } from './fault.ts';

/** What stays the same for one run of a switch's agent. */
export interface AgentRun {
  installID: string;
  runID: string;
  bootID: string;
  startedAt: number;
  /** Link flaps that a fault has caused so far. */
  flaps: number;
}

export const startRun = (now: number): AgentRun => ({ installID: randomUUID(), runID: randomUUID(), bootID: randomUUID(), startedAt: now, flaps: 0 });

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export const isoTime = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

/** A merge patch for the status of an agent that has tried to apply its generation. */
export function attemptStatus(agent: KubeObject, run: AgentRun, now: number, fault: Fault | undefined): Body {
  const refused = fault === 'refuse';
  const generation = agent.metadata.generation;
  const time = isoTime(now);
  return {
    ...heartbeatStatus(agent, run, now, fault === 'flap' ? undefined : fault),
    version: 'v0.0.0-simulated',
    installID: run.installID,
    runID: run.runID,
    bootID: run.bootID,
    lastAttemptTime: time,
    lastAttemptGen: generation,
    ...(refused ? {} : { lastAppliedTime: time, lastAppliedGen: generation, statusUpdates: agent.spec?.statusUpdates ?? [] }),
    conditions: [{
      type: 'Applied',
      status: refused ? 'False' : 'True',
      reason: refused ? 'ApplyFailed' : 'ApplySucceeded',
      message: refused ? `generation ${generation} was refused by the switch: simulated fault` : `generation ${generation} applied`,
      observedGeneration: generation,
      lastTransitionTime: time,
    }],
  };
}

/** A merge patch for a sign of life: the time, and a state whose counters have moved. */
export function heartbeatStatus(agent: KubeObject, run: AgentRun, now: number, fault: Fault | undefined): Body {
  const down = fault === 'flap' && run.flaps % 2 === 1;
  return {
    lastHeartbeat: isoTime(now),
    rebootRequired: fault === 'reboot',
    ...(agent.status?.conditions ? {} : { conditions: [] }),
    state: {
      nos: nos(agent, run, now),
      interfaces: interfaces(agent, run, now, down, fault),
      breakouts: breakouts(agent, fault),
      bgpNeighbors: { default: bgpNeighbors(agent, run, down) },
      platform: { temps: { CPU: { temp: 41 + (run.flaps % 3), highThreshold: 95, critHighThreshold: 105 } } },
    },
  };
}

function nos(agent: KubeObject, run: AgentRun, now: number): Body {
  return {
    softwareVersion: 'simulated',
    hwskuVersion: agent.spec?.switch?.profile,
    serialNumber: agent.spec?.switch?.boot?.serial ?? fingerprint(agent.metadata.name, 10),
    uptime: `${Math.floor((now - run.startedAt) / 1000)}s`,
  };
}

interface Cable {
  port: string;
  toSwitch: boolean;
  peer: string;
  peerPort: string;
  peerAddress?: string;
}

function cables(agent: KubeObject): Cable[] {
  const name = agent.metadata.name;
  return Object.values((agent.spec?.connections ?? {}) as Record<string, Body>).flatMap(connectionLinks).flatMap((link) => {
    const own = link.find((end) => end.side === 'switch' && end.device === name);
    const peer = link.find((end) => end !== own);
    if (!own) return [];
    return [{ port: own.name, toSwitch: peer?.side === 'switch', peer: peer?.device ?? '', peerPort: peer?.name ?? '', peerAddress: peer?.ip?.split('/')[0] }];
  });
}

function interfaces(agent: KubeObject, run: AgentRun, now: number, down: boolean, fault: Fault | undefined): Body {
  const all = cables(agent);
  const [shut] = fault === 'err-disabled' ? all : [];
  const wrong = fault === 'wrong-cable' ? all.find(({ toSwitch }) => toSwitch) : undefined;
  return Object.fromEntries(all.map((cable) => {
    const isDown = (down && cable.toSwitch) || cable === shut;
    const seen = cable === wrong ? { peer: 'stranger-1', peerPort: 'E1/1' } : cable;
    return [cable.port, {
      enabled: true, admin: 'up', oper: isDown ? 'down' : 'up', speed: '25G', auto: false, fec: 'rs',
      mac: `52:54:${fingerprint(agent.metadata.name + cable.port, 8).replace(/(..)(?=.)/g, '$1:')}`,
      change: isoTime(run.startedAt), linkFlapCount: cable.toSwitch ? run.flaps : 0, errDisabled: cable === shut,
      lldpNeighbors: seen.peer ? [{ name: seen.peer, sysName: seen.peer, portID: seen.peerPort }] : [],
      counters: counters(cable.port, now - run.startedAt),
    }];
  }));
}

/** The ports that the switch is told to break out, as it has them. */
function breakouts(agent: KubeObject, fault: Fault | undefined): Body {
  const wanted = Object.entries((agent.spec?.switch?.portBreakouts ?? {}) as Record<string, string>);
  return Object.fromEntries(wanted.map(([port, mode]) => [port, fault === 'breakout' ? { mode: '1x100G', status: 'InProgress' } : { mode, status: 'Completed' }]));
}

/** Counters that only ever grow, each port at its own pace. */
function counters(port: string, aliveMs: number): Body {
  const pace = 1 + (Number.parseInt(fingerprint(port, 4), 16) % 97);
  const bytes = Math.floor((aliveMs * pace) / 8);
  return { inb: bytes, outb: Math.floor(bytes / 2), inbps: pace * 1000, outbps: pace * 500, inu: 0, outu: 0, ind: 0, outd: 0, ine: 0, oute: 0 };
}

function bgpNeighbors(agent: KubeObject, run: AgentRun, down: boolean): Body {
  const sessions = cables(agent).filter((cable) => cable.toSwitch && cable.peerAddress);
  return Object.fromEntries(sessions.map((cable) => [cable.peerAddress, {
    enabled: true, state: down ? 'active' : 'established', peerType: 'external', peerGroup: 'fabric',
    localAS: agent.spec?.switch?.asn, peerAS: agent.spec?.switches?.[cable.peer]?.asn,
    estabTrans: 1 + run.flaps, connDropped: run.flaps, lastEstab: isoTime(run.startedAt),
    prefixes: { ipv4Unicast: { rec: 4, recPre: 4, sent: 2 } },
  }]));
}

const fingerprint = (text: string, length: number): string => createHash('sha256').update(text).digest('hex').slice(0, length);
