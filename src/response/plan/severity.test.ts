import { expect, it } from 'vitest';
import { severityOf } from './severity.ts';

it('takes services that are not known yet for critical ones', () => {
  for (const environment of ['prod', 'production', 'test']) {
    const worst = severityOf(environment, [{ tier: 1 }]);
    expect(severityOf(environment, null)).toBe(worst);
    expect(severityOf(environment, [{ tier: 2 }])).not.toBe(worst);
  }
  expect(severityOf(null, null)).toBeNull();
});
