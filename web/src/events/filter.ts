/** The orders the API knows. */
export const sorts = ['relevance', 'starts_at', '-starts_at', 'price', 'name'] as const;
export type Sort = (typeof sorts)[number];

/** What the list of events shows. It lives in the page's address, so that it can be shared and gone back to. */
export interface Filter {
  q?: string;
  country?: string;
  month?: string;
  sort: Sort;
}

/** The order where nobody has chosen one: what fits best where something is searched for, else what comes first. */
export function usualSort(q: string | undefined): Sort {
  return q ? 'relevance' : 'starts_at';
}

/** Reads the filter from the address; what makes no sense there counts as not said. */
export function filterOf(params: URLSearchParams): Filter {
  const q = params.get('q')?.trim().slice(0, 200) || undefined;
  const said = sorts.find((sort) => sort === params.get('sort'));
  return {
    q,
    country: valid(params.get('country'), /^[A-Z]{2}$/),
    month: valid(params.get('month'), /^\d{4}-(0[1-9]|1[0-2])$/),
    sort: said === undefined || (said === 'relevance' && !q) ? usualSort(q) : said,
  };
}

function valid(value: string | null, pattern: RegExp): string | undefined {
  return value !== null && pattern.test(value) ? value : undefined;
}

/** Writes the filter into an address; what is usual is left out. */
export function paramsOf({ q, country, month, sort }: Filter): URLSearchParams {
  const said = { q, country, month, sort: sort === usualSort(q) ? undefined : sort };
  return new URLSearchParams(Object.entries(said).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

/** The filter with something else searched for; an order that was not chosen follows. */
export function searchingFor(filter: Filter, q: string): Filter {
  const usual = filter.sort === usualSort(filter.q);
  return { ...filter, q: q || undefined, sort: usual || (filter.sort === 'relevance' && !q) ? usualSort(q) : filter.sort };
}
