import { describe, expect, it } from 'vitest';

import { filterOf, paramsOf, searchingFor } from './filter';

const read = (address: string) => filterOf(new URLSearchParams(address));

describe('the filter of events', () => {
  it('is in the address, and comes back from it', () => {
    const address = 'q=jazz+night&country=DE&month=2026-11&sort=price';
    expect(read(address)).toEqual({ q: 'jazz night', country: 'DE', month: '2026-11', sort: 'price' });
    expect(paramsOf(read(address)).toString()).toBe(address);
  });

  it('leaves out of the address what is usual', () => {
    expect(paramsOf(read('q=jazz&sort=relevance')).toString()).toBe('q=jazz');
    expect(paramsOf(read('sort=starts_at')).toString()).toBe('');
  });

  it('takes what makes no sense as not said', () => {
    expect(read('q=++&country=Germany&month=2026-13&sort=colour')).toEqual({ sort: 'starts_at' });
    expect(read('sort=relevance').sort, 'nothing is relevant without words').toBe('starts_at');
  });

  it('sorts by relevance as soon as something is searched for, and by time again without', () => {
    const searching = searchingFor(read(''), 'jazz');
    expect(searching.sort).toBe('relevance');
    expect(searchingFor(searching, '').sort).toBe('starts_at');
  });

  it('keeps an order that somebody has chosen', () => {
    expect(searchingFor(read('sort=price'), 'jazz').sort).toBe('price');
    expect(searchingFor(read('q=jazz&sort=starts_at'), 'opera').sort).toBe('starts_at');
  });
});
