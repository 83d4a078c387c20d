import { Type } from 'typebox';
import { LIMITS } from '../../kernel/index.ts';
import type { Sections } from '../charter/form.ts';
import {
  closed,
  Count,
  Days,
  described,
  Duration,
  Instant,
  listOf,
  Name,
  named,
  optional,
  Text,
  WallTime,
} from '../charter/forms.ts';

const WallDate = Type.String({
  pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$',
  title: 'a date such as 2026-12-25',
});
const WallMoment = Type.String({
  pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d$',
  title: 'a wall time of a day such as "2026-11-02T09:00"',
});
const HandOver = Type.String({
  pattern: '^((mon|tue|wed|thu|fri|sat|sun) )?([01]\\d|2[0-3]):[0-5]\\d$',
  title: 'when a turn ends, such as "mon 09:00", or "09:00" for turns of days',
});
const Turn = Type.String({
  pattern: '^P\\d{1,3}[DW]$',
  title: 'a whole number of days or weeks such as P1W',
});

const Shift = closed({
  person: optional(Name),
  always: optional(described('On shift at every hour.', Type.Literal(true))),
  days: optional(described('The days on which it begins.', Days)),
  from: optional(WallTime),
  to: optional(described('Not after `from`: it ends on the next day.', WallTime)),
  start: optional(described('The first one, in wall time of the roster.', WallMoment)),
  end: optional(WallMoment),
  rule: optional(described('RFC 5545, such as FREQ=WEEKLY;INTERVAL=2;BYDAY=MO', Text)),
  rotation: optional(described('People who take turns, in this order.', listOf(Name, 2))),
  each: optional(described('How long a turn is.', Turn)),
  handover: optional(HandOver),
  starting: optional(described('The day on which the first turn begins.', WallDate)),
  exceptHolidays: optional(described('Does not begin on holidays there.', Name)),
});

const Source = closed({
  ical: described('./file.ics, https://..., env:NAME or file:PATH', Text),
  roster: described('The roster that it fills; shifts of the file come after it.', Name),
  maxAge: described('Older than this, answers say that it is old.', Duration),
  every: optional(
    described('How often it is asked; a quarter of an hour when not said.', Duration),
  ),
  people: optional(
    described(
      'Names, addresses or summaries in the calendar, and who is meant.',
      Type.Record(Type.String(), Name, { maxProperties: LIMITS.charterNamesMax }),
    ),
  ),
  zone: optional(described('For whole days and floating times.', Text)),
  zones: optional(
    described(
      'Time zone names of the calendar, and what they are.',
      Type.Record(Type.String(), Text, { maxProperties: LIMITS.charterListMax }),
    ),
  ),
});

const Reach = Type.Union([Name, closed({ channel: Name, device: optional(Name) })]);

/** Each top-level section and whether a roster must have it. */
export const ROSTER_SECTIONS: Sections = {
  roster: { schema: Name, required: true },
  format: { schema: Type.Literal(1), required: true },
  revision: { schema: Count, required: true },
  people: {
    schema: named(
      closed({
        name: Text,
        employer: optional(Name),
        manager: optional(Name),
        refs: optional(described('Other names in an inventory.', listOf(Text, 0))),
        reach: optional(
          described(
            'Ways to reach this person, best first; nothing said: every one.',
            listOf(Reach),
          ),
        ),
      }),
      LIMITS.rosterPeopleMax,
    ),
    required: true,
  },
  teams: {
    schema: named(
      closed({ name: optional(Text), members: listOf(Name), refs: optional(listOf(Text, 0)) }),
      LIMITS.rosterTeamsMax,
    ),
    required: false,
  },
  rosters: {
    schema: named(
      closed({
        zone: optional(Text),
        shifts: optional(Type.Array(Shift, { minItems: 1, maxItems: LIMITS.rosterShiftsMax })),
      }),
      LIMITS.rosterTeamsMax,
    ),
    required: true,
  },
  absences: {
    schema: Type.Array(closed({ person: Name, from: Instant, until: Instant }), {
      maxItems: LIMITS.rosterPeopleMax,
    }),
    required: false,
  },
  holidays: {
    schema: named(
      described(
        'Dates and what they are called.',
        Type.Record(Type.String(), Text, { maxProperties: LIMITS.charterNamesMax }),
      ),
    ),
    required: false,
  },
  overrides: {
    schema: Type.Array(
      closed({
        roster: Name,
        person: Name,
        replaces: optional(
          described('Takes only the shifts of this person; nothing said: the whole roster.', Name),
        ),
        from: Instant,
        until: Instant,
      }),
      { maxItems: LIMITS.rosterOverridesMax },
    ),
    required: false,
  },
  sources: { schema: named(Source, LIMITS.rosterSourcesMax), required: false },
};
