import { Fragment, type ReactElement } from 'react';
import { Button } from 'react-aria-components';
import type { Containment } from '../../../src/api/contract/index.ts';
import { Notice } from '../frame/problem.tsx';
import { Mark } from '../mark.tsx';
import { markOfCut } from '../marks.ts';
import { SAY, STATUS_MEANS } from '../messages.ts';
import { layersOf, STAGES, type PlanRow } from './layers.ts';

interface StepProps {
  readonly cut: Containment;
  readonly isChosen: boolean;
  readonly onChoose: (id: string) => void;
}

function Step({ cut, isChosen, onChoose }: StepProps): ReactElement {
  const { id, status, guarantee, residualUntil } = cut;
  return (
    <Button
      className="step"
      aria-pressed={isChosen}
      onPress={() => {
        onChoose(id);
      }}
    >
      <Mark name={markOfCut(status)} title={STATUS_MEANS[status]}>
        {residualUntil === null ? status : `${status} until ${residualUntil.slice(11, 16)} UTC`}
      </Mark>
      <span className="small">{guarantee}</span>
    </Button>
  );
}

function nameOfLayer({ layer, from }: PlanRow): string {
  if (layer === 0) return 'named by a signal or a person';
  return from === null ? 'minted by the attacker' : `minted with ${from}`;
}

interface PlanProps {
  readonly cuts: readonly Containment[];
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
}

/** Layers from top to bottom, stages from left to right; a line joins the steps of one subject in their order. */
export function Plan({ cuts, chosen, onChoose }: PlanProps): ReactElement {
  if (cuts.length === 0) return <Notice title={SAY.noCuts} next={SAY.noCutsNext} />;
  const rows = layersOf(cuts);
  const stages = STAGES.filter((stage) => cuts.some((cut) => cut.stage === stage));
  return (
    <div className="scroll">
      <table className="plan">
        <caption className="away">Steps by layer and stage</caption>
        <thead>
          <tr>
            <th scope="col">what</th>
            {stages.map((stage) => (
              <th key={stage} scope="col">
                {stage}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.target} ${row.subject}`} className={`layer-${Math.min(row.layer, 4)}`}>
              <th scope="row">
                <span className="mono">{row.subject}</span>
                <span className="small">
                  at {row.target}, {nameOfLayer(row)}
                </span>
              </th>
              {stages.map((stage) => (
                <td key={stage}>
                  {row.cuts
                    .filter((cut) => cut.stage === stage)
                    .map((cut) => (
                      <Fragment key={cut.id}>
                        <Step cut={cut} isChosen={cut.id === chosen} onChoose={onChoose} />
                      </Fragment>
                    ))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
