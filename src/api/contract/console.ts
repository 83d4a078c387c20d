/** The screens of the console, as addresses: the server answers each with the same page, the console routes them. */
export const CONSOLE_SCREENS = [
  '/',
  '/incidents',
  '/incidents/:id',
  '/decisions/:id',
  '/inventory',
  '/inventory/:id',
  '/authority',
  '/gate',
  '/exercises',
  '/ledger',
  '/settings',
  '/enrol',
] as const;
