import { describe, expect, it } from 'vitest';
import { GUARANTEES, type Guarantee } from '../../kernel/index.ts';
import { CASES_EACH, randomCases } from './cases.testing.ts';
import type { AuthorityResolution } from '../model.ts';
import { resolveAuthority } from './resolve.ts';
import { allowedBySpec } from './automatic-spec.testing.ts';
import { answerBySpec, defaultBySpec, ladderBySpec, ruleBySpec, type World } from './spec.ts';

// All 200,000: RESOLUTION_CASES=200000 node node_modules/vitest/vitest.mjs run src/authority/resolution/spec.test.ts
const cases = Number(process.env['RESOLUTION_CASES'] ?? 5_000);
const firstSeed = Number(process.env['RESOLUTION_SEED'] ?? 1);

const rank = (guarantee: Guarantee | null | undefined): number =>
  guarantee === null || guarantee === undefined ? 0 : GUARANTEES.indexOf(guarantee) + 1;

function bySpec(world: World): Record<string, unknown> {
  const { charter, facts, nowMs, decision } = world;
  const ladder = ladderBySpec(world);
  const allowed = allowedBySpec(charter, facts, nowMs, answerBySpec(world) / 60_000);
  const contains = decision === 'contain';
  return {
    right: ruleBySpec(world).id,
    ladder: ladder.map(({ seat, people, opensAfterMs }) => ({ seat, people, opensAfterMs })),
    act: contains ? allowed.act : 0,
    shadow: contains ? allowed.shadow : 0,
    atDeadline: defaultBySpec(world, allowed.ceiling),
  };
}

function told(found: AuthorityResolution): Record<string, unknown> {
  const { atDeadline } = found;
  return {
    right: found.right,
    ladder: found.ladder?.map(({ seat, people, opensAfterMs }) => ({ seat, people, opensAfterMs })),
    act: rank(found.automaticUpTo),
    shadow: rank(found.shadowUpTo),
    atDeadline: { level: rank(atDeadline?.guarantee), afterMs: atDeadline?.afterMs ?? 0 },
  };
}

describe('resolution', () => {
  it(`is what the naive definition says in ${cases} random cases`, { timeout: 900_000 }, () => {
    const seen = { acting: 0, asked: 0, skipped: 0, nobody: 0, defaults: 0 };
    for (let seed = firstSeed; (seed - firstSeed) * CASES_EACH < cases; seed += 1) {
      for (const [at, world] of randomCases(seed).entries()) {
        const { charter, roster, facts, decision, nowMs } = world;
        const found = resolveAuthority(charter, roster, facts, decision, nowMs);
        expect(told(found), `seed ${seed}, case ${at}`).toEqual(bySpec(world));
        const { holders, ladder, automaticUpTo, atDeadline, breakGlass } = found;
        seen.acting += automaticUpTo === null ? 0 : 1;
        seen.asked += holders.length > 0 ? 1 : 0;
        seen.nobody += breakGlass === true ? 1 : 0;
        seen.defaults += atDeadline === null ? 0 : 1;
        seen.skipped += (ladder ?? []).some(({ skipped }) => skipped.length > 0) ? 1 : 0;
      }
    }
    // Random cases are worth something only when each kind of answer is among them.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(cases / 50);
  });
});
