import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { contextOf, traceparentOf } from './traceparent.ts';

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('traceparent', () => {
  it('comes back as it went in', () => {
    expect(traceparentOf(contextOf(parent, ROOT_CONTEXT))).toBe(parent);
  });

  it('marks the span as remote', () => {
    expect(trace.getSpanContext(contextOf(parent, ROOT_CONTEXT))?.isRemote).toBe(true);
  });

  it('ignores what it can not read', () => {
    for (const broken of [undefined, 7, '', 'x', parent.toUpperCase(), '00-00000000000000000000000000000000-b7ad6b7169203331-01']) {
      expect(contextOf(broken, ROOT_CONTEXT)).toBe(ROOT_CONTEXT);
    }
  });

  it('is absent without a span', () => {
    expect(traceparentOf(ROOT_CONTEXT)).toBeUndefined();
  });
});
