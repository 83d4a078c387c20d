import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { Button, Label, Radio, RadioGroup } from 'react-aria-components';
import type {
  ContainAnswer,
  IncidentAnswer,
  RestoreAnswer,
} from '../../../src/api/contract/index.ts';
import { act } from '../data/act.ts';
import { useKeys } from '../frame/keys.ts';
import { ReasonDialog } from '../frame/reason-dialog.tsx';
import { TimeAndDistance } from '../time.tsx';
import { STAGES } from './layers.ts';

interface ChoiceProps {
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly says: string }[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Choice({ label, options, value, onChange }: ChoiceProps): ReactElement | null {
  if (options.length < 2) return null;
  return (
    <RadioGroup className="radios" value={value} onChange={onChange}>
      <Label>{label}</Label>
      {options.map((option) => (
        <Radio key={option.value} value={option.value}>
          {option.says}
        </Radio>
      ))}
    </RadioGroup>
  );
}

const CAUSES = [
  { value: 'resolved', says: 'Resolved: what leaked stays dead' },
  { value: 'false-alarm', says: 'False alarm: everything is given back' },
] as const;

interface DialogProps {
  readonly incident: IncidentAnswer;
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
}

function identitiesOf({ identities }: IncidentAnswer): ChoiceProps['options'] {
  return identities.map(({ id, name, target }) => ({ value: id, says: `${name} on ${target}` }));
}

/** Leads to the question that was opened, or back to the incident when it happens at once. */
function useFollowUp(
  id: string,
): (decision: { readonly id: string; readonly state: string } | null) => void {
  const client = useQueryClient();
  const navigate = useNavigate();
  return (decision) => {
    void client.invalidateQueries({ queryKey: ['incident', id] });
    if (decision?.state === 'open')
      void navigate({ to: '/decisions/$id', params: { id: decision.id } });
  };
}

function RestoreDialog({ incident, ...open }: DialogProps): ReactElement {
  const identities = identitiesOf(incident);
  const [identity, setIdentity] = useState(identities[0]?.value ?? '');
  const [cause, setCause] = useState<string>(CAUSES[0].value);
  const followUp = useFollowUp(incident.id);
  const send = async (reason: string): Promise<void> => {
    const path = `/v1/containments/${encodeURIComponent(identity)}/restore`;
    const { decision } = await act<RestoreAnswer>(path, { cause, reason });
    followUp(decision);
  };
  return (
    <ReasonDialog title="Give access back" verb="Ask to restore" send={send} {...open}>
      <p className="small">
        It asks the holder of the right to restore, who is never somebody that decided to contain.
      </p>
      <Choice label="What" options={identities} value={identity} onChange={setIdentity} />
      <Choice label="Why" options={CAUSES} value={cause} onChange={setCause} />
    </ReasonDialog>
  );
}

function AdvanceDialog({ incident, ...open }: DialogProps): ReactElement {
  const identities = identitiesOf(incident);
  const [identity, setIdentity] = useState(identities[0]?.value ?? '');
  const held = STAGES.findIndex((stage) => stage === incident.stage);
  const options = STAGES.map((stage) => ({ value: stage, says: stage }));
  const [stage, setStage] = useState<string>(
    STAGES[Math.min(held + 1, STAGES.length - 1)] ?? 'restrict',
  );
  const followUp = useFollowUp(incident.id);
  const send = async (reason: string): Promise<void> => {
    const body = { ref: identity, stage, reason };
    const { decision } = await act<ContainAnswer>('/v1/containments', body);
    followUp(decision);
  };
  return (
    <ReasonDialog title="Go further" verb="Ask to advance" send={send} {...open}>
      <p className="small">It asks for authority like everything else.</p>
      <Choice label="What" options={identities} value={identity} onChange={setIdentity} />
      <Choice label="Stage" options={options} value={stage} onChange={setStage} />
    </ReasonDialog>
  );
}

function HoldDialog({ incident, ...open }: DialogProps): ReactElement {
  const waiting = identitiesOf(incident).filter(({ value }) =>
    incident.windows.some(({ identity }) => identity === value),
  );
  const [chosen, setIdentity] = useState('');
  const identity = chosen === '' ? (waiting[0]?.value ?? '') : chosen;
  const followUp = useFollowUp(incident.id);
  const send = async (reason: string): Promise<void> => {
    await act(`/v1/incidents/${incident.id}/holds`, { ref: identity, reason });
    followUp(null);
  };
  return (
    <ReasonDialog title="Hold the window" verb="Hold" send={send} {...open}>
      <p className="small">
        The next stage does not happen by itself: at the end people are asked.
      </p>
      <Choice label="What" options={waiting} value={identity} onChange={setIdentity} />
    </ReasonDialog>
  );
}

type Opened = 'restore' | 'advance' | 'hold' | null;

/** What a person can begin here. Each asks for authority; nothing happens by pressing alone. */
export function Controls({ incident }: { readonly incident: IncidentAnswer }): ReactElement {
  const [opened, setOpened] = useState<Opened>(null);
  const isClosed = incident.status === 'closed';
  const canHold = incident.windows.length > 0;
  const open = (which: Exclude<Opened, null>, isAllowed: boolean) => () => {
    if (isAllowed) setOpened(which);
  };
  const dialog = (which: Opened): Omit<DialogProps, 'incident'> => ({
    isOpen: opened === which,
    onOpenChange: (isOpen) => {
      setOpened(isOpen ? which : null);
    },
  });
  useKeys([
    { keys: 'a', does: 'go further', run: open('advance', !isClosed) },
    { keys: 'h', does: 'hold the window', run: open('hold', canHold) },
    { keys: 'r', does: 'give access back', run: open('restore', !isClosed) },
  ]);
  return (
    <div className="stack">
      {incident.windows.map(({ identity, window, until }) => (
        <p key={`${identity} ${window}`} className="small">
          Verification window {window}: the next stage at <TimeAndDistance at={until} />
        </p>
      ))}
      <div className="row">
        <Button className="button" isDisabled={isClosed} onPress={open('advance', true)}>
          Go further
        </Button>
        <Button className="button" isDisabled={!canHold} onPress={open('hold', true)}>
          Hold
        </Button>
        <Button className="button" isDisabled={isClosed} onPress={open('restore', true)}>
          Restore
        </Button>
      </div>
      <AdvanceDialog incident={incident} {...dialog('advance')} />
      <HoldDialog incident={incident} {...dialog('hold')} />
      <RestoreDialog incident={incident} {...dialog('restore')} />
    </div>
  );
}
