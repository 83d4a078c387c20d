import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

interface Log {
  readonly done: string[];
  readonly turns: Turns<string, string>;
}

/** Each piece of work says its name; `refuse` names what cannot be done together with anything. */
function open(refuse: readonly string[] = [], atMost = Infinity): Log {
  const done: string[] = [];
  const one = async (name: string): Promise<string> => {
    await Promise.resolve();
    if (name.startsWith('bad')) throw new Error(name);
    done.push(name);
    return name;
  };
  const turns = new Turns<string, string>({
    alone: (_id, name) => one(name),
    together: async (_id, names) => {
      await Promise.resolve();
      if (names.some((name) => refuse.includes(name) || name.startsWith('bad'))) return null;
      const now = names.slice(0, atMost);
      done.push(now.join('+'));
      return now;
    },
  });
  return { done, turns };
}

it('does together what has come meanwhile, in its order', async () => {
  const { done, turns } = open();
  const first = turns.take('a', '1');
  await Promise.resolve();
  const others = ['2', '3', '4'].map((name) => turns.take('a', name));
  const beside = turns.take('b', '5');
  expect(await Promise.all([first, ...others, beside])).toEqual(['1', '2', '3', '4', '5']);
  expect(done.toSorted()).toEqual(['1', '2+3+4', '5']);
});

it('does each alone when they are refused together, so that one does not harm the others', async () => {
  const { done, turns } = open();
  const all = ['1', 'bad', '3'].map((name) => turns.take('a', name));
  const results = await Promise.allSettled(all);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(done).toEqual(['1', '3']);
});

it('goes on with what did not fit into the first group', async () => {
  const { done, turns } = open([], 2);
  const all = ['1', '2', '3', '4', '5'].map((name) => turns.take('a', name));
  expect(await Promise.all(all)).toEqual(['1', '2', '3', '4', '5']);
  expect(done).toEqual(['1+2', '3+4', '5']);
});

it('tells everybody when it is not known what became of the group', async () => {
  const turns = new Turns<string, string>({
    alone: () => Promise.reject(new Error('not asked')),
    together: () => Promise.reject(new Error('in doubt')),
  });
  const all = ['1', '2'].map((name) => turns.take('a', name));
  const results = await Promise.allSettled(all);
  const why = results.map((one) => (one.status === 'rejected' ? String(one.reason) : ''));
  expect(why).toEqual(['Error: in doubt', 'Error: in doubt']);
});
