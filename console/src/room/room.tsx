import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, type ReactElement } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import type { IncidentAnswer } from '../../../src/api/contract/index.ts';
import { incidentQuery, timelineQuery } from '../data/queries.ts';
import { useKeys } from '../frame/keys.ts';
import { Loaded, ProblemNotice } from '../frame/problem.tsx';
import { Sentence } from '../incidents/sentence.tsx';
import { SAY } from '../messages.ts';
import { Since, TimeAndDistance } from '../time.tsx';
import { Controls } from './controls.tsx';
import { Decisions } from './decisions.tsx';
import { Plan } from './plan.tsx';
import { Reach } from './reach.tsx';
import type { RoomSearch } from './search.ts';
import { StepDetail } from './step-detail.tsx';
import type { Entry } from './timeline-lines.ts';
import { Timeline } from './timeline.tsx';
import { Tracks } from './tracks.tsx';

const Map = lazy(async () => ({ default: (await import('./map.tsx')).DependencyMap }));

function Head({ incident }: { readonly incident: IncidentAnswer }): ReactElement {
  const { severity, title, openedAt, identities, asks, id } = incident;
  const [first] = identities;
  return (
    <header className="room-head">
      <h1>{title}</h1>
      <p className="row">
        <span className={`severity ${severity}`}>{severity}</span>
        <Sentence incident={incident} />
        {first === undefined ? null : (
          <span className="small">
            {first.name} on {first.target} <Reach identity={first.id} />
          </span>
        )}
        <span className="small">
          <Since at={openedAt} />
        </span>
      </p>
      <p className="small">
        {asks === null ? (
          'Nobody is asked anything now.'
        ) : (
          <>
            Next: {asks.people.join(', then ') || SAY.nobody}
            {asks.deadline === null ? null : (
              <>
                {' '}
                by <TimeAndDistance at={asks.deadline} />
              </>
            )}
          </>
        )}{' '}
        <code>{id}</code>
      </p>
    </header>
  );
}

/** The part of the address after the question mark is what is open here. */
function useRoomSearch(): readonly [RoomSearch, (change: RoomSearch) => void] {
  const search = useSearch({ from: '/incidents/$id' });
  const navigate = useNavigate({ from: '/incidents/$id' });
  const change = (wanted: RoomSearch): void => {
    void navigate({ search: { ...search, ...wanted }, replace: true });
  };
  return [search, change];
}

interface WorkProps {
  readonly incident: IncidentAnswer;
  readonly entries: readonly Entry[];
}

/** The id of the identity that the target calls so. */
function identityOf({ identities }: IncidentAnswer, name: string): string | null {
  return identities.find((one) => one.name === name)?.id ?? identities[0]?.id ?? null;
}

function useViewKeys(change: (wanted: RoomSearch) => void): void {
  const show = (view: RoomSearch['show'] & string) => () => {
    change({ show: view });
  };
  useKeys([
    { keys: 'p', does: 'show the plan', run: show('plan') },
    { keys: 'm', does: 'show the map', run: show('map') },
    { keys: 't', does: 'show the timeline', run: show('timeline') },
  ]);
}

function Work({ incident, entries }: WorkProps): ReactElement {
  const [{ show = 'plan', filter = '', cut: chosenId = null }, change] = useRoomSearch();
  const chosen = incident.cuts.find(({ id }) => id === chosenId);
  useViewKeys(change);
  return (
    <Tabs
      selectedKey={show}
      onSelectionChange={(key) => {
        if (key === 'plan' || key === 'map' || key === 'timeline') change({ show: key });
      }}
      className="stack"
    >
      <TabList aria-label="View" className="tabs">
        <Tab id="plan">Plan</Tab>
        <Tab id="map">Map</Tab>
        <Tab id="timeline">Timeline</Tab>
      </TabList>
      <TabPanel id="plan" className="stack">
        <Plan
          cuts={incident.cuts}
          chosen={chosenId}
          onChoose={(id) => {
            change({ cut: id });
          }}
        />
        {chosen === undefined ? null : (
          <StepDetail
            cut={chosen}
            entries={entries}
            identity={identityOf(incident, chosen.subject.identity)}
          />
        )}
      </TabPanel>
      <TabPanel id="map">
        <Suspense fallback={<div className="skeleton map" />}>
          <Map identities={incident.identities} />
        </Suspense>
      </TabPanel>
      <TabPanel id="timeline">
        <Timeline
          entries={entries}
          filter={filter}
          onFilter={(text) => {
            change({ filter: text });
          }}
        />
      </TabPanel>
    </Tabs>
  );
}

function RoomOf({ incident, entries }: WorkProps): ReactElement {
  const navigate = useNavigate();
  const { asks, title, standing } = incident;
  useEffect(() => {
    document.title = `${standing.sentence} · ${title} · ${SAY.product}`;
  }, [standing.sentence, title]);
  useKeys([
    {
      keys: 'd',
      does: 'go to the open decision',
      run: () => {
        if (asks !== null) void navigate({ to: '/decisions/$id', params: { id: asks.decision } });
      },
    },
  ]);
  return (
    <div className="page room">
      <Head incident={incident} />
      <div className="room-work">
        <Work incident={incident} entries={entries} />
        <Decisions decisions={incident.decisions} />
      </div>
      <aside className="room-side stack" aria-label="Tracks and controls">
        <Controls incident={incident} />
        <Tracks tracks={incident.tracks} />
      </aside>
    </div>
  );
}

export function Room(): ReactElement {
  const { id } = useParams({ from: '/incidents/$id' });
  const client = useQueryClient();
  const incident = useQuery(incidentQuery(id));
  const timeline = useQuery(timelineQuery(id, client));
  return (
    <>
      {incident.data !== undefined && incident.error !== null ? (
        <ProblemNotice error={incident.error} />
      ) : null}
      <Loaded of={incident} rows={10}>
        {(found) => <RoomOf incident={found} entries={timeline.data ?? []} />}
      </Loaded>
    </>
  );
}
