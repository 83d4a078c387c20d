export type * from './model.ts';
export { CREDENTIAL_KINDS, EDGE_RELATIONS, IDENTITY_KINDS } from './model.ts';
export { createInventory } from './inventory.ts';
export type { ImportParts as InventoryParts } from './import.ts';
export { ownersOf } from './owners.ts';
export { fingerprintOf, parseRefText, refText } from './refs.ts';
export { inventoryMigrations } from './store.ts';
