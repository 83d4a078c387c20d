export type * from './model.ts';
export type * from './contract.ts';
export {
  CREDENTIAL_KINDS,
  EDGE_RELATIONS,
  EXPOSURES,
  IDENTITY_KINDS,
  PARTY_KINDS,
} from './model.ts';
export { FACETS, IDENTITY_ORDERS, IMPORT_FORMATS, IMPORT_MODES, OWNER_STATES } from './contract.ts';
export { BASES } from './schema.ts';
export { REPORT_NUMBERS } from './graph-pages.ts';
export { CONFIDENCE_SCALE } from './import/edges.ts';
export { createInventory } from './inventory.ts';
export type { InventoryParts } from './inventory.ts';
export type { MapForInventory } from './surroundings.ts';
export { ownersOf } from './owners.ts';
export { fingerprintOf, parseRefText, refText } from './refs.ts';
export { inventoryMigrations } from './tables.ts';
