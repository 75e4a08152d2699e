import { describe, expect, it } from 'vitest';
import { onFreePorts } from './on-free-ports.ts';

describe('onFreePorts', () => {
  const failing = (times: number, message: string) => {
    let starts = 0;
    return { start: async () => { if (++starts <= times) throw new Error(message); return starts; }, starts: () => starts };
  };
  const taken = 'RabbitMQ ended before it was ready (1):\n{listen_error,{acceptor,{127,0,0,1},38981},eaddrinuse}';

  it('starts again when a port was taken by another', async () => {
    expect(await onFreePorts(failing(1, taken).start)).toBe(2);
    expect(await onFreePorts(failing(2, '{dist_port_already_used,38577,not_erlang,"localhost"}').start)).toBe(3);
  });

  it('gives up after three times, and at once for other causes', async () => {
    const often = failing(9, taken);
    await expect(onFreePorts(often.start)).rejects.toThrow('eaddrinuse');
    expect(often.starts()).toBe(3);
    const other = failing(9, 'no disk');
    await expect(onFreePorts(other.start)).rejects.toThrow('no disk');
    expect(other.starts()).toBe(1);
  });
});
