import { expect, test } from 'vitest';
import { createStopPoint, parseStopOrder } from './stop-point.ts';

test('an order names a known point and a passage', () => {
  expect(parseStopOrder('after-effect')).toEqual({ point: 'after-effect', passage: 1 });
  expect(parseStopOrder('after-effect:3')).toEqual({ point: 'after-effect', passage: 3 });
  for (const wrong of ['after-efect', 'after-effect:0', 'after-effect:x', '']) {
    expect(() => parseStopOrder(wrong), wrong).toThrow(
      expect.objectContaining({ code: 'configuration-invalid' }),
    );
  }
});

test('only the ordered passage of the ordered point kills', () => {
  let kills = 0;
  const pass = createStopPoint({ point: 'after-effect', passage: 2 }, () => {
    kills += 1;
  });
  pass('after-effect');
  pass('before-effect');
  expect(kills).toBe(0);
  pass('after-effect');
  expect(kills).toBe(1);
  pass('after-effect');
  expect(kills).toBe(1);
});
