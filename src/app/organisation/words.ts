import type { Tenant } from './model.ts';

// table: the tenants; a provider runs the last one
export const TENANTS: readonly Tenant[] = [
  { name: 'northlake', jurisdiction: 'DE', operator: null, account: '111122223333', zone: 'eu' },
  { name: 'northlake-us', jurisdiction: 'US', operator: null, account: '444455556666', zone: 'us' },
  { name: 'northlake-au', jurisdiction: 'AU', operator: null, account: '777788889999', zone: 'au' },
  {
    name: 'northlake-payments',
    jurisdiction: 'DE',
    operator: 'orbis',
    account: '123456789012',
    zone: 'pay',
  },
];

export interface Domain {
  readonly name: string;
  readonly team: string;
  readonly tenant: string;
}

const domain = (name: string, team: string, tenant = 'northlake'): Domain => ({
  name,
  team,
  tenant,
});

// table: what the business does, and which team answers for it
export const DOMAINS: readonly Domain[] = [
  domain('catalog', 'storefront-team'),
  domain('basket', 'storefront-team'),
  domain('pricing', 'pricing-team'),
  domain('promotions', 'pricing-team'),
  domain('orders', 'order-team'),
  domain('returns', 'order-team'),
  domain('customer', 'customer-team'),
  domain('loyalty', 'customer-team', 'northlake-au'),
  domain('identity', 'identity-team'),
  domain('consent', 'privacy-team'),
  domain('shipping', 'logistics-team'),
  domain('inventory', 'logistics-team'),
  domain('supplier', 'procurement-team'),
  domain('invoicing', 'finance-platform'),
  domain('tax', 'finance-platform'),
  domain('treasury', 'finance-platform', 'northlake-payments'),
  domain('settlement', 'payments-team', 'northlake-payments'),
  domain('payouts', 'payments-team', 'northlake-payments'),
  domain('cards', 'card-team', 'northlake-payments'),
  domain('risk', 'risk-team', 'northlake-us'),
  domain('support', 'support-tools-team', 'northlake-us'),
  domain('marketing', 'growth-team', 'northlake-us'),
  domain('media', 'media-team', 'northlake-us'),
  domain('recommendation', 'ranking-team', 'northlake-us'),
  domain('analytics', 'data-team', 'northlake-au'),
  domain('fleet', 'fleet-team', 'northlake-au'),
  domain('stores', 'store-systems-team', 'northlake-au'),
  domain('hr', 'people-systems-team'),
  domain('platform', 'platform-team'),
  domain('observability', 'sre-team'),
];

export const COMPONENTS: readonly string[] =
  'api gateway worker scheduler events reports sync rules cache exporter portal admin importer notifier archive mirror'.split(
    ' ',
  );

/** Services of the simulated world, so that its workloads and the organisation's hang on the same ones. */
export const WORLD_SERVICES: readonly (readonly [string, number, string])[] = [
  ['payments', 1, 'payments-team'],
  ['ledger', 1, 'finance-platform'],
  ['checkout', 1, 'storefront-team'],
  ['invoicing', 2, 'finance-platform'],
  ['fraud-scoring', 2, 'risk-team'],
  ['warehouse', 2, 'logistics-team'],
  ['search', 3, 'storefront-team'],
  ['reporting', 3, 'data-team'],
];

export const VENDORS: readonly (readonly [string, string])[] = [
  ['orbis', 'Orbis Managed Services'],
  ['parcelgrid', 'Parcelgrid'],
  ['tallywise', 'Tallywise Analytics'],
  ['brightdesk', 'Brightdesk'],
  ['coralpay', 'Coralpay'],
  ['quillsign', 'Quillsign'],
  ['loomiq', 'Loomiq AI'],
  ['hexwatch', 'Hexwatch Monitoring'],
  ['stackbeam', 'Stackbeam CI'],
  ['fernmail', 'Fernmail'],
];

export const FIRST_NAMES: readonly string[] =
  'Aisha Anders Beatriz Ben Chiara Chloe Daniel Deepa Elif Emil Farid Fiona Gustav Hana Henrik Ines Ivan Jana Joao Kaito Karin Lena Liam Lucia Malik Marta Mateo Nadia Nils Noor Olga Oscar Paula Pavel Quinn Rania Ravi Rosa Sanjay Sara Stefan Tariq Tess Uma Viktor Wanda Xenia Yara Yusuf Zoe'.split(
    ' ',
  );

export const LAST_NAMES: readonly string[] =
  'Abbott Almeida Andersen Baumann Becker Bianchi Castro Chen Costa Dahl Dubois Eriksson Fischer Fontaine Garcia Gruber Haddad Hansen Hoffmann Ibrahim Ivanova Jansen Kaya Keita Kowalski Kumar Larsen Lindgren Marek Moreau Nakamura Novak Okafor Olsen Patel Petrov Quispe Rahman Reyes Rossi Santos Schmidt Silva Sorensen Suzuki Tanaka Torres Vogel Weber Yilmaz'.split(
    ' ',
  );

// table: how a claim of ownership came about, and how far it is believed
export const BASES = {
  catalog: 0.9,
  word: 0.85,
  tag: 0.7,
  'code-owners': 0.65,
  'deploy-record': 0.55,
  spreadsheet: 0.4,
} as const;
