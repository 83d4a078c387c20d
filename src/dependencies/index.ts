export type * from './model.ts';
export { createDependencyMap } from './map.ts';
