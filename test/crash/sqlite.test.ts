import { describe, expect, it } from 'vitest';
import { surviveAll } from './life.testing.ts';

describe('a serving process on the embedded store', () => {
  it('loses nothing and does nothing twice, wherever it is killed', async () => {
    const { findings, missed, incidents, incidentsExpected, replay } = await surviveAll('sqlite');
    expect(findings, replay).toEqual([]);
    expect(missed, replay).toEqual([]);
    expect(incidents).toBe(incidentsExpected);
  });
});
