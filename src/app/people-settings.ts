import { Type, type Static } from 'typebox';
import type { Secret } from '../kernel/index.ts';
import type { ProviderSettings } from '../people/index.ts';
import { closed, reference } from './configuration-forms.ts';

const Provider = Type.Object(
  {
    name: Type.String({
      pattern: '^[\\w-]{1,100}$',
      description:
        'Its name in addresses and on the ledger, and that of the channel that is marked when it is suspect',
    }),
    title: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'What people call it' }),
    ),
    issuer: Type.String({
      pattern: '^https?://\\S+$',
      maxLength: 1_000,
      description: 'As it calls itself; https, but for this machine itself',
    }),
    clientId: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'What this server is called there',
    }),
    clientSecret: Type.Optional(
      reference('Proves that it is this server that asks. Without it only PKCE does'),
    ),
    subjects: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description:
          'Its subjects, each with the person of the roster. Others are known by a verified e-mail address that stands in the `refs` of a person',
      }),
    ),
  },
  closed,
);

export const PeopleSchema = Type.Object(
  {
    oidc: Type.Optional(
      Type.Array(Provider, {
        maxItems: 20,
        description: 'OpenID providers that sign people in, beside passkeys',
      }),
    ),
  },
  closed,
);

/** `refuse` is told what does not fit. */
export function providersFrom(
  values: Static<typeof PeopleSchema> | undefined,
  secretOf: (reference: string) => Secret,
  refuse: (problem: string) => never,
): readonly ProviderSettings[] {
  const names = new Set<string>();
  return (values?.oidc ?? []).map(({ name, title = name, issuer, clientId, ...rest }) => {
    if (names.has(name)) refuse(`people.oidc: ${name} is named twice`);
    names.add(name);
    const { hostname, protocol } = new URL(issuer);
    if (protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname))
      refuse(`people.oidc: the issuer of ${name} is not https`);
    const { clientSecret, subjects = {} } = rest;
    return {
      name,
      title,
      issuer,
      clientId,
      clientSecret: clientSecret === undefined ? null : secretOf(clientSecret),
      subjects: new Map(Object.entries(subjects)),
    };
  });
}
