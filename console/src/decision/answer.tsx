import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { Button } from 'react-aria-components';
import type {
  ContainAnswer,
  Decision,
  DecisionAnswer,
  MeAnswer,
} from '../../../src/api/contract/index.ts';
import { act, answerSigned } from '../data/act.ts';
import { ProblemNotice } from '../frame/problem.tsx';
import { ReasonField } from '../frame/reason-dialog.tsx';
import { SAY } from '../messages.ts';

type Outcome = 'approve' | 'reject' | 'hand-over' | 'acknowledge' | 'advise';

function mayAnswer(
  { holders, approvers, advisers }: DecisionAnswer,
  me: MeAnswer | undefined,
): boolean {
  const asked = [...holders, ...approvers, ...advisers];
  return me?.person !== null && asked.some(({ person }) => person === me?.person);
}

/** Less than what is asked, which stops most of it and breaks almost nothing. */
function isLesser({ stage, about, state }: DecisionAnswer): boolean {
  return (
    state === 'open' && about !== null && stage !== null && !['step-up', 'restrict'].includes(stage)
  );
}

interface AnswerProps {
  readonly decision: DecisionAnswer;
  readonly me: MeAnswer | undefined;
  /** The digest as it was shown first: an answer is about that and nothing else. */
  readonly shownDigest: string;
}

function useAnswer({ decision, shownDigest }: AnswerProps) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (answer: { readonly outcome: Outcome; readonly reason: string }) =>
      await answerSigned<Decision>(`/v1/decisions/${decision.id}`, {
        ...answer,
        digest: shownDigest,
      }),
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: ['decisions'] });
      await client.invalidateQueries({ queryKey: ['incident', decision.incident] });
    },
  });
}

function useRestrict({ about, incident }: DecisionAnswer) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (reason: string) =>
      await act<ContainAnswer>('/v1/containments', { ref: about?.id, stage: 'restrict', reason }),
    onSuccess: async ({ decision }) => {
      await client.invalidateQueries({ queryKey: ['incident', incident] });
      if (decision?.state === 'open')
        await navigate({ to: '/decisions/$id', params: { id: decision.id } });
    },
  });
}

/** Approve, reject, hand over: each with a reason, each bound to the action as it was shown. */
export function Answer(props: AnswerProps): ReactElement | null {
  const { decision, me } = props;
  const [reason, setReason] = useState('');
  const answer = useAnswer(props);
  const restrict = useRestrict(decision);
  if (decision.state !== 'open') return null;
  if (!mayAnswer(decision, me)) {
    return <p className="notice">You can read this. The answer is with those who were asked.</p>;
  }
  const isBusy = answer.isPending || restrict.isPending;
  const isReady = reason.trim() !== '' && !isBusy;
  const error = answer.error ?? restrict.error;
  const button = (outcome: Outcome, words: string, more = ''): ReactElement => (
    <Button
      className={`button ${more}`}
      isDisabled={!isReady}
      onPress={() => {
        answer.mutate({ outcome, reason: reason.trim() });
      }}
    >
      {isBusy && answer.variables?.outcome === outcome ? SAY.sending : words}
    </Button>
  );
  return (
    <section className="answer" aria-label="Your answer">
      <ReasonField value={reason} onChange={setReason} />
      {error === null ? null : <ProblemNotice error={error} />}
      <div className="answers">
        {button(
          'approve',
          `Approve${decision.stage === null ? '' : ` ${decision.stage}`}`,
          'primary',
        )}
        {isLesser(decision) ? (
          <Button
            className="button"
            isDisabled={!isReady}
            onPress={() => {
              restrict.mutate(reason.trim());
            }}
          >
            Only restrict
          </Button>
        ) : null}
        {button('reject', 'Reject')}
        {button('hand-over', 'Hand over')}
      </div>
      <p className="small">
        {reason.trim() === ''
          ? SAY.reasonNeeded
          : 'It goes to the ledger with your name and the digest.'}
      </p>
    </section>
  );
}
