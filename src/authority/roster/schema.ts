import { Type, type TSchema } from 'typebox';
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
  person: optional(described('Who is on shift.', Name)),
  always: optional(described('On shift at every hour.', Type.Literal(true))),
  days: optional(described('The days on which it begins.', Days)),
  from: optional(described('Wall time at which it begins, in the zone of the roster.', WallTime)),
  to: optional(described('Not after `from`: it ends on the next day.', WallTime)),
  start: optional(described('The first one, in wall time of the roster.', WallMoment)),
  end: optional(described('When the first one ends.', WallMoment)),
  rule: optional(described('RFC 5545, such as FREQ=WEEKLY;INTERVAL=2;BYDAY=MO', Text)),
  rotation: optional(described('People who take turns, in this order.', listOf(Name, 2))),
  each: optional(described('How long a turn is.', Turn)),
  handover: optional(described('Wall time at which one turn ends and the next begins.', HandOver)),
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

const Reach = Type.Union([
  Name,
  closed({
    channel: described('A channel of the charter.', Name),
    device: optional(
      described('What it ends at: where devices must differ, one for two people is one.', Name),
    ),
  }),
]);

/** Names that the writer chooses, with what an editor says of the whole section. */
function describedSection(description: string, item: TSchema, most?: number): TSchema {
  return described(description, named(item, most));
}

/** Each top-level section and whether a roster must have it. */
export const ROSTER_SECTIONS: Sections = {
  roster: { schema: described('The name of this roster.', Name), required: true },
  format: { schema: described('The format of this file: 1.', Type.Literal(1)), required: true },
  revision: { schema: described('Goes up with each change.', Count), required: true },
  people: {
    schema: describedSection(
      'Everybody who may ever be asked, by the short name that the rest of the file uses.',
      closed({
        name: described('As they are shown to others.', Text),
        employer: optional(described('Whom they work for: a party of the charter.', Name)),
        manager: optional(
          described('Whom they answer to; both are one voice where managers must differ.', Name),
        ),
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
    schema: describedSection(
      'Teams that an inventory names as owners.',
      closed({
        name: optional(described('As it is shown.', Text)),
        members: described('Who is in it, first asked first.', listOf(Name)),
        refs: optional(described('Other names in an inventory.', listOf(Text, 0))),
      }),
      LIMITS.rosterTeamsMax,
    ),
    required: false,
  },
  rosters: {
    schema: describedSection(
      'Who is there when: the first who is on shift and not absent has it.',
      closed({
        zone: optional(
          described('A zone of the IANA time zone database, for hours of shifts.', Text),
        ),
        shifts: optional(
          described(
            'In the order in which people are preferred.',
            Type.Array(Shift, { minItems: 1, maxItems: LIMITS.rosterShiftsMax }),
          ),
        ),
      }),
      LIMITS.rosterTeamsMax,
    ),
    required: true,
  },
  absences: {
    schema: described(
      'When people are away: instants, not wall times.',
      Type.Array(
        closed({
          person: described('Who is away.', Name),
          from: described('The first instant of it.', Instant),
          until: described('The first instant at which they are back.', Instant),
        }),
        { maxItems: LIMITS.rosterPeopleMax },
      ),
    ),
    required: false,
  },
  holidays: {
    schema: describedSection(
      'Days without work by jurisdiction: for shifts with `exceptHolidays`, and for clocks in working days.',
      described(
        'Dates and what they are called.',
        Type.Record(Type.String(), Text, { maxProperties: LIMITS.charterNamesMax }),
      ),
    ),
    required: false,
  },
  overrides: {
    schema: described(
      'Who takes over for a while; of several the one that began last.',
      Type.Array(
        closed({
          roster: described('The roster in which it holds.', Name),
          person: described('Who takes over.', Name),
          replaces: optional(
            described(
              'Takes only the shifts of this person; nothing said: the whole roster.',
              Name,
            ),
          ),
          from: described('The first instant of it.', Instant),
          until: described('The first instant after it.', Instant),
        }),
        { maxItems: LIMITS.rosterOverridesMax },
      ),
    ),
    required: false,
  },
  sources: {
    schema: describedSection(
      'Calendars of on-call products that fill rosters.',
      Source,
      LIMITS.rosterSourcesMax,
    ),
    required: false,
  },
};
