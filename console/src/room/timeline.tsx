import { useMemo, useState, type ReactElement } from 'react';
import { Button, Input, Label, SearchField } from 'react-aria-components';
import { Notice } from '../frame/problem.tsx';
import { SAY } from '../messages.ts';
import { Time } from '../time.tsx';
import {
  foldTries,
  GROUPS,
  matching,
  type Entry,
  type Group,
  type Line,
} from './timeline-lines.ts';

/** More would make a long night slow; the rest is one press away. */
const SHOWN = 200;

function TimelineLine({ line }: { readonly line: Line }): ReactElement {
  return (
    <li>
      <Time at={line.at} seconds />
      <span>
        {line.text}
        {line.count > 1 ? <span className="small"> ({line.count} times)</span> : null}
        <span className="small"> {line.actor}</span>
      </span>
    </li>
  );
}

interface TimelineProps {
  readonly entries: readonly Entry[];
  readonly filter: string;
  readonly onFilter: (text: string) => void;
}

/** What happened, newest first, from the ledger. */
export function Timeline({ entries, filter, onFilter }: TimelineProps): ReactElement {
  const [group, setGroup] = useState<Group>('everything');
  const [shown, setShown] = useState(SHOWN);
  const lines = useMemo(() => foldTries(entries).toReversed(), [entries]);
  const found = matching(lines, group, filter);
  return (
    <div className="stack">
      <div className="row filters">
        <SearchField value={filter} onChange={onFilter} className="field">
          <Label className="away">Filter the timeline</Label>
          <Input placeholder="Filter: a word of the line" />
        </SearchField>
        <fieldset className="choices" aria-label="Kind">
          {GROUPS.map((one) => (
            <Button
              key={one}
              className="chip"
              aria-pressed={one === group}
              onPress={() => {
                setGroup(one);
              }}
            >
              {one}
            </Button>
          ))}
        </fieldset>
      </div>
      {found.length === 0 ? <Notice title={SAY.noTimeline} /> : null}
      <ol className="plain timeline" aria-label="Timeline, newest first">
        {found.slice(0, shown).map((line) => (
          <TimelineLine key={line.ordinal} line={line} />
        ))}
      </ol>
      {found.length > shown ? (
        <Button
          className="button"
          onPress={() => {
            setShown(shown + SHOWN * 5);
          }}
        >
          Show older ({found.length - shown} more)
        </Button>
      ) : null}
    </div>
  );
}
