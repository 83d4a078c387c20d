import { expect, it } from 'vitest';
import { cleanUp, createSqliteForTest } from '../store/testing.ts';
import { cardMigrations, insertCard, type KeptCard, settleCardCommands } from './card-store.ts';

const card = (id: string, ...decisions: readonly string[]): KeptCard => ({
  id,
  person: 'dana',
  title: 'many',
  digest: 'sha256:00',
  state: 'open',
  members: decisions.map((decision) => ({
    decision,
    incident: 'inc_1',
    digest: 'sha256:01',
    kind: 'resume',
    right: 'machine',
    action: 'resume',
    class: 'none',
    seat: 'ir-lead',
    severity: 'sev1',
  })),
  openedAtMs: 1,
  outcome: null,
  answeredBy: null,
  reason: null,
});

it('has a question on one open card only: the second dealing of it is refused as a whole', async () => {
  const store = await createSqliteForTest();
  cleanUp(() => store.close());
  await store.migrate(cardMigrations, { apply: true });
  await store.write(insertCard(card('crd_1', 'dec_1', 'dec_2')));
  const second = store.write(insertCard(card('crd_2', 'dec_3', 'dec_2')));
  await expect(second).rejects.toMatchObject({ code: 'store-constraint' });
  expect(await store.query({ sql: 'select id from card', params: [] })).toEqual([{ id: 'crd_1' }]);
  await store.write(settleCardCommands('crd_1'));
  await store.write(insertCard(card('crd_3', 'dec_2')));
});
