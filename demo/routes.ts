/** The average cost of a request to a route. */
export interface Cost {
  readonly queryMilliseconds: number;
  /** Share of the requests that fail, from 0 to 1. */
  readonly failures: number;
}

/** One route of the shop. */
export interface Route extends Cost {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Share of the visits. The shares of all routes add up to 1. */
  readonly share: number;
  /** Number of items on the page, which decides its size. */
  readonly items: number;
  /** Costs that change with the deploy, half-way through the demo. */
  readonly deployed?: Partial<Cost>;
}

export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/home', share: 0.4, items: 40, queryMilliseconds: 2, failures: 0 },
  { method: 'GET', path: '/item', share: 0.3, items: 8, queryMilliseconds: 3, failures: 0 },
  {
    method: 'GET',
    path: '/search',
    share: 0.15,
    items: 25,
    queryMilliseconds: 20,
    failures: 0,
    deployed: { queryMilliseconds: 4 },
  },
  { method: 'POST', path: '/basket', share: 0.1, items: 4, queryMilliseconds: 5, failures: 0.005 },
  {
    method: 'POST',
    path: '/checkout',
    share: 0.05,
    items: 2,
    queryMilliseconds: 12,
    failures: 0.08,
    deployed: { failures: 0.01 },
  },
];
