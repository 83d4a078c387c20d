import { expect, it } from 'vitest';
import type { CutStatus } from '../../src/response/index.ts';
import { STATUS_MEANS } from './messages.ts';
import { markOfCut, markOfIncident, TONES } from './marks.ts';

// The compiler holds this list complete.
const EVERY_STATUS = {
  planned: 'waiting',
  authorised: 'waiting',
  'holding-evidence': 'waiting',
  recorded: 'waiting',
  applying: 'held',
  applied: 'held',
  proving: 'held',
  proven: 'proven',
  irrevocable: 'proven',
  dropped: 'gone',
  partial: 'blocked',
  blocked: 'blocked',
  failed: 'open',
  unproven: 'unproven',
  residual: 'residual',
  drifted: 'unproven',
  reverting: 'held',
  'revert-conflict': 'blocked',
  restored: 'proven',
  'restore-failed': 'open',
} as const satisfies Record<CutStatus, keyof typeof TONES>;

it('has a mark and words for every state of a cut', () => {
  for (const [status, mark] of Object.entries(EVERY_STATUS)) {
    expect(markOfCut(status)).toBe(mark);
    expect(STATUS_MEANS[status]).toBeDefined();
  }
});

it('shows green only for what is contained', () => {
  const standing = {
    contained: false,
    residualUntil: null,
    unproven: 0,
    blocked: 0,
    sentence: '',
  };
  const marks = [
    markOfIncident({ status: 'open', standing }),
    markOfIncident({ status: 'open', standing: { ...standing, unproven: 1 } }),
    markOfIncident({ status: 'open', standing: { ...standing, blocked: 1 } }),
    markOfIncident({ status: 'open', standing: { ...standing, contained: true } }),
    markOfIncident({
      status: 'open',
      standing: { ...standing, contained: true, residualUntil: '2027-01-10T02:07:22Z' },
    }),
    markOfIncident({ status: 'restoring', standing }),
    markOfIncident({ status: 'closed', standing }),
  ];
  expect(marks).toEqual(['open', 'unproven', 'blocked', 'proven', 'residual', 'waiting', 'gone']);
  expect(marks.filter((mark) => TONES[mark] === 'green')).toHaveLength(1);
});
