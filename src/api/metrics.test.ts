import { expect, it } from 'vitest';
import { renderFamilies } from './metrics.ts';
import { createKnownPaths } from './methods.ts';

it('writes Prometheus text, with what labels may not hold escaped', () => {
  const text = renderFamilies([
    {
      name: 'firebreak_cuts',
      help: 'Cuts by state.',
      type: 'gauge',
      samples: [
        { labels: { status: 'a"b\\c\nd' }, value: 2 },
        { labels: {}, value: 0.5 },
      ],
    },
  ]);
  expect(text).toBe(
    '# HELP firebreak_cuts Cuts by state.\n# TYPE firebreak_cuts gauge\n' +
      'firebreak_cuts{status="a\\"b\\\\c\\nd"} 2\nfirebreak_cuts 0.5\n',
  );
});

it('knows the methods of a path, with its places filled in', () => {
  const paths = createKnownPaths();
  paths.add('/v1/tokens', 'POST');
  paths.add('/v1/tokens', ['GET']);
  paths.add('/v1/tokens/:id', 'DELETE');
  expect(paths.methodsAt('/v1/tokens')).toEqual(['POST', 'GET']);
  expect(paths.methodsAt('/v1/tokens/tok_1')).toEqual(['DELETE']);
  expect(paths.methodsAt('/v1/tokens/tok_1/more')).toEqual([]);
  expect(paths.methodsAt('/v1xtokens')).toEqual([]);
});
