import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heldContainment, type TrackTask } from './check.ts';
import { TRACKS } from './model.ts';

const FUSE_MS = 100;

/**
 * The naive way: time passes step by step, no other track ever finishes anything, and what is waited for without a fuse
 * is waited for. Answers who is still held when everything that can move has moved.
 */
function stillHeld(plan: readonly TrackTask[]): readonly string[] {
  const isOurs = (id: string): boolean =>
    plan.find((task) => task.id === id)?.track === 'identity containment';
  const ours = plan.filter((task) => isOurs(task.id));
  const begun = new Set<string>();
  for (let nowMs = 0; nowMs <= FUSE_MS; nowMs += 1) {
    for (let moved = true; moved;) {
      moved = false;
      for (const { id, waitsFor } of ours) {
        const isFree = waitsFor.every(
          ({ task, fuseMs }) => (isOurs(task) && begun.has(task)) || (fuseMs ?? Infinity) <= nowMs,
        );
        if (begun.has(id) || !isFree) continue;
        begun.add(id);
        moved = true;
      }
    }
  }
  return ours.map((task) => task.id).filter((id) => !begun.has(id));
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

const plans = fc
  .array(
    fc.record({
      track: fc.constantFrom(...TRACKS, 'identity containment' as const),
      waitsFor: fc.array(
        fc.record({
          task: fc.constantFrom(...NAMES, 'legal counsel'),
          fuseMs: fc.option(fc.constantFrom(0, 1, 50, FUSE_MS, FUSE_MS + 1, 10_000)),
        }),
        { maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: NAMES.length },
  )
  .map((tasks) => tasks.map((task, index) => ({ ...task, id: NAMES[index] ?? '' })));

describe('the check that no track holds containment', () => {
  it('passes a plan only if every act of containment begins when nobody else ever finishes', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        // Waits of containment for itself are its own order; they may be as long as they like.
        const own = plan.map((task) => ({
          ...task,
          waitsFor: task.waitsFor.filter(
            ({ task: by, fuseMs }) =>
              fuseMs === null ||
              plan.find((one) => one.id === by)?.track !== 'identity containment',
          ),
        }));
        const isRefused = heldContainment(own, FUSE_MS).length > 0;
        expect(isRefused).toBe(stillHeld(own).length > 0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('names who holds what, also in a circle', () => {
    const plan: readonly TrackTask[] = [
      {
        id: 'cut',
        track: 'identity containment',
        waitsFor: [
          { task: 'evidence', fuseMs: FUSE_MS },
          { task: 'statement', fuseMs: null },
        ],
      },
      { id: 'evidence', track: 'forensics', waitsFor: [] },
      { id: 'statement', track: 'communications', waitsFor: [{ task: 'cut', fuseMs: null }] },
      { id: 'x', track: 'identity containment', waitsFor: [{ task: 'y', fuseMs: null }] },
      { id: 'y', track: 'identity containment', waitsFor: [{ task: 'x', fuseMs: null }] },
    ];
    expect(heldContainment(plan, FUSE_MS)).toEqual([
      { task: 'cut', by: 'statement', why: 'its wait for another track has no fuse' },
      { task: 'x', by: 'x', why: 'it waits for itself' },
      { task: 'y', by: 'y', why: 'it waits for itself' },
    ]);
    expect(heldContainment(plan, FUSE_MS - 1).map(({ by }) => by)).toContain('evidence');
  });
});
