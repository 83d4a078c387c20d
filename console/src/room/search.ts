/** What of the room is open stands in its address, so that a link opens the same. */
export interface RoomSearch {
  readonly show?: 'plan' | 'map' | 'timeline';
  readonly filter?: string;
  readonly cut?: string;
}

export function roomSearchOf(search: Record<string, unknown>): RoomSearch {
  const { show, filter, cut } = search;
  return {
    ...(show === 'plan' || show === 'map' || show === 'timeline' ? { show } : {}),
    ...(typeof filter === 'string' && filter !== '' ? { filter } : {}),
    ...(typeof cut === 'string' ? { cut } : {}),
  };
}
