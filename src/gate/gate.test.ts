import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partsForTest, type PartsForTest } from '../inventory/testing.ts';
import { isFirebreakError, silentLog } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import { judge } from './evaluate.ts';
import { createGate } from './gate.ts';
import type { EvaluationRequest, Gate, Restriction, StalenessPolicy } from './model.ts';
import { gateMigrations } from './store.ts';

const request = (id: string, action = 'read', credential?: string): EvaluationRequest => ({
  subject: {
    type: 'identity',
    id,
    ...(credential === undefined ? {} : { properties: { credential } }),
  },
  action: { name: action },
  resource: { type: 'account', id: '1' },
});

const PAUSE = {
  identity: 'idn_1',
  aliases: ['agents:agent:bot'],
  effect: 'pause',
  incident: 'inc_1',
  reason: 'test',
} as const;

async function openGate(
  store: Store,
  stalenessPolicy: StalenessPolicy = 'strict',
): Promise<{
  readonly parts: PartsForTest;
  readonly gate: Gate;
  readonly another: () => Promise<Gate>;
}> {
  const parts = await partsForTest(store, gateMigrations);
  const another = (): Promise<Gate> => createGate({ ...parts, log: silentLog, stalenessPolicy });
  return { parts, gate: await another(), another };
}

const reasonOf = (gate: Gate, asked: EvaluationRequest): string =>
  gate.evaluate(asked).context.reason;

describeOnBothStores('the gate', (open) => {
  it('denies from the moment the write is acknowledged, by every name of the subject', async () => {
    const store = await open();
    const { gate } = await openGate(store);
    const change = gate.restrictCommands(PAUSE);
    expect(reasonOf(gate, request('idn_1'))).toBe('no-restriction');
    await store.write(change.commands);
    gate.applied(change);
    expect(gate.evaluate(request('idn_1'))).toMatchObject({
      decision: false,
      context: { reason: 'paused', incident: 'inc_1', restriction: change.restricted[0]?.id },
    });
    expect(reasonOf(gate, request('agents:agent:bot'))).toBe('paused');
    const typed = { ...request('bot'), subject: { type: 'agents:agent', id: 'bot' } };
    expect(reasonOf(gate, typed)).toBe('paused');
    expect(reasonOf(gate, request('idn_2'))).toBe('no-restriction');
    await gate.refresh();
    expect(gate.restrictionsOf('idn_1')[0]?.revision).toBe(1);
    expect(gate.evaluate(request('idn_1')).context.revision).toBe(1);
  });

  it('is the same after a restart and on another node, and lets go what is lifted', async () => {
    const store = await open();
    const { gate, another, parts } = await openGate(store);
    await gate.restrict(PAUSE, 'person:mia');
    const other = await another();
    expect(reasonOf(other, request('idn_1'))).toBe('paused');
    const second = await gate.restrict(
      { ...PAUSE, effect: 'deny', incident: 'inc_2' },
      'person:mia',
    );
    await other.refresh();
    expect(reasonOf(other, request('idn_1'))).toBe('denied');
    expect(await other.lift({ identity: 'idn_1', incident: 'inc_2' }, 'person:otto')).toEqual([
      second.id,
    ]);
    expect(reasonOf(other, request('idn_1'))).toBe('paused');
    await gate.refresh();
    expect(reasonOf(gate, request('idn_1'))).toBe('paused');
    expect(await gate.lift({ identity: 'idn_1' }, 'person:otto')).toHaveLength(1);
    expect(await gate.lift({ identity: 'idn_1' }, 'person:otto')).toEqual([]);
    expect(reasonOf(gate, request('idn_1'))).toBe('no-restriction');
    expect(reasonOf(await another(), request('idn_1'))).toBe('no-restriction');
    expect(parts.entries.map(({ kind }) => kind)).toEqual([
      'gate.restricted',
      'gate.restricted',
      'gate.lifted',
      'gate.lifted',
    ]);
  });

  it('tells every change once in the order of revisions, for guards to catch up', async () => {
    const store = await open();
    const { gate } = await openGate(store);
    const heard: Restriction[] = [];
    gate.onChange((changed) => heard.push(...changed));
    const orders = Array.from({ length: 8 }, (_, index) => ({
      ...PAUSE,
      identity: `idn_${index}`,
    }));
    await Promise.all(orders.map((order) => gate.restrict(order, 'person:mia')));
    await gate.lift({ identity: 'idn_3' }, 'person:mia');
    await gate.refresh();
    const all = await gate.since(0, 100);
    const revisions = all.map(({ revision }) => revision);
    expect(revisions).toEqual([...new Set(revisions)].toSorted((left, right) => left - right));
    expect(all).toHaveLength(8);
    expect(all.at(-1)).toMatchObject({ identity: 'idn_3', revision: 9 });
    expect(all.at(-1)?.liftedAt).not.toBeNull();
    expect(new Set(heard.map(({ id }) => id)).size).toBe(8);
    expect(await gate.since(8, 100)).toHaveLength(1);
  });

  it('restricts one credential alone, and constrains to what cannot spread', async () => {
    const store = await open();
    const { gate } = await openGate(store);
    await gate.restrict({ ...PAUSE, credential: 'crd_1', aliases: [], effect: 'deny' }, 'x');
    expect(reasonOf(gate, request('idn_1'))).toBe('no-restriction');
    expect(reasonOf(gate, request('idn_1', 'read', 'crd_1'))).toBe('denied');
    expect(reasonOf(gate, request('crd_1'))).toBe('denied');
    await gate.restrict({ ...PAUSE, identity: 'idn_2', effect: 'constrain' }, 'x');
    expect(gate.evaluate(request('idn_2'))).toMatchObject({
      decision: true,
      context: { reason: 'inside-constraint' },
    });
    expect(gate.evaluate(request('idn_2', 'mint'))).toMatchObject({
      decision: false,
      context: { reason: 'outside-constraint' },
    });
    const wrong: unknown = await gate
      .restrict({ ...PAUSE, constraint: { allowActions: [] } }, 'x')
      .catch((error: unknown) => error);
    expect(isFirebreakError(wrong, 'request-invalid')).toBe(true);
  });

  it('lets a restriction with an end lapse', async () => {
    const { gate, parts } = await openGate(await open());
    await gate.restrict({ ...PAUSE, untilMs: parts.clock.nowMs() + 10_000 }, 'x');
    await parts.clock.advance(9_999);
    expect(reasonOf(gate, request('idn_1'))).toBe('paused');
    await parts.clock.advance(1);
    expect(reasonOf(gate, request('idn_1'))).toBe('no-restriction');
  });
});

describeOnBothStores('promise 10: a gate with a stale view', (open) => {
  it.each([
    ['strict', { decision: false, context: { reason: 'stale-view' } }],
    ['last-known', { decision: true, context: { reason: 'no-restriction' } }],
  ] as const)('answers as %s says, and says so', async (policy, expected) => {
    const store = await open();
    let down = false;
    const failing: Store = {
      ...store,
      query: (statement) => (down ? Promise.reject(new Error('down')) : store.query(statement)),
    };
    const { gate, parts } = await openGate(failing, policy);
    await gate.restrict(PAUSE, 'x');
    await parts.clock.advance(60_000);
    await gate.refresh();
    expect(gate.evaluate(request('idn_2')).context).not.toHaveProperty('stale');
    down = true;
    await parts.clock.advance(20_000);
    expect(gate.evaluate(request('idn_2'))).toMatchObject({
      ...expected,
      context: { ...expected.context, stale: { policy } },
    });
    // A refusal that is known stays the reason.
    expect(reasonOf(gate, request('idn_1'))).toBe('paused');
    down = false;
    await gate.refresh();
    expect(gate.evaluate(request('idn_2')).context).not.toHaveProperty('stale');
    gate.stop();
  });
});

describe('one answer', () => {
  const restriction = fc
    .record({
      effect: fc.constantFrom('deny', 'pause', 'step-up', 'constrain'),
      constraint: fc.record(
        {
          allowActions: fc.subarray(['read', 'mint', 'pay']),
          denyActions: fc.subarray(['read', 'mint', 'pay']),
          allowResources: fc.subarray(['account:1', 'account:2']),
        },
        { requiredKeys: [] },
      ),
    })
    .map((some): Restriction => ({
      id: 'rst',
      revision: 1,
      identity: 'idn_1',
      credential: null,
      aliases: ['idn_1'],
      incident: null,
      reason: '',
      since: '',
      until: null,
      liftedAt: null,
      ...some,
      constraint: some.effect === 'constrain' ? some.constraint : null,
    }));

  it('is yes only when no restriction says no', () => {
    fc.assert(
      fc.property(
        fc.array(restriction, { maxLength: 4 }),
        fc.constantFrom('read', 'mint', 'pay'),
        (restrictions, action) => {
          const allowed = restrictions.every(({ effect, constraint }) => {
            if (effect !== 'constrain') return false;
            const {
              allowActions = [action],
              denyActions = [],
              allowResources = ['account:1'],
            } = constraint ?? {};
            return (
              allowActions.includes(action) &&
              !denyActions.includes(action) &&
              allowResources.includes('account:1')
            );
          });
          const verdict = judge(restrictions, request('idn_1', action));
          expect(verdict.decision).toBe(allowed);
          const denied = restrictions.some(({ effect }) => effect === 'deny');
          expect(denied && verdict.reason !== 'denied').toBe(false);
          expect(verdict.restriction === null).toBe(restrictions.length === 0);
        },
      ),
    );
  });
});
