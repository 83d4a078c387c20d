export type * from './model.ts';
export type * from './source.ts';
export { createDependencyMap } from './map.ts';
