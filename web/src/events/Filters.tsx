import { useId } from 'react';

import type { Schemas } from '../api/types';
import { SearchBox } from '../ui/SearchBox';
import { countryName, monthName } from '../ui/format';
import { searchingFor, sorts, type Filter, type Sort } from './filter';

interface Props {
  filter: Filter;
  facets: Schemas['Facets'] | undefined;
  onChange: (filter: Filter) => void;
}

const sortNames: Record<Sort, string> = {
  relevance: 'Best match',
  starts_at: 'Soonest first',
  '-starts_at': 'Latest first',
  price: 'Lowest price',
  name: 'Name',
};

/** Narrows the list of events down; each choice says how many events it would leave. */
export function Filters({ filter, facets, onChange }: Props) {
  const orders = sorts.filter((sort) => sort !== 'relevance' || filter.q);
  return (
    <div className="row g-2 mb-3">
      <div className="col-12 col-lg-5">
        <SearchBox label="Search events" value={filter.q ?? ''} onSearch={(q) => onChange(searchingFor(filter, q))} />
      </div>
      <Choice
        label="Country"
        all="All countries"
        value={filter.country}
        options={options(facets?.country, filter.country, countryName)}
        onChange={(country) => onChange({ ...filter, country })}
      />
      <Choice
        label="Month"
        all="All months"
        value={filter.month}
        options={options(facets?.month, filter.month, monthName)}
        onChange={(month) => onChange({ ...filter, month })}
      />
      <Choice
        label="Sort by"
        wide
        value={filter.sort}
        options={orders.map((sort) => [sort, sortNames[sort]] as const)}
        onChange={(sort) => onChange({ ...filter, sort: sort ?? filter.sort })}
      />
    </div>
  );
}

/** The values of a facet with their counts; the chosen one is among them even where it leaves nothing. */
function options(facet: Schemas['FacetValue'][] = [], chosen: string | undefined, name: (value: string) => string): [string, string][] {
  const known: [string, string][] = facet.map(({ value, count }) => [value, `${name(value)} (${count})`]);
  return chosen === undefined || facet.some(({ value }) => value === chosen) ? known : [...known, [chosen, name(chosen)]];
}

interface ChoiceProps<T extends string> {
  label: string;
  wide?: boolean; // takes a line of its own where there is little room
  all?: string; // what the empty choice is called, where there is one
  value: T | undefined;
  options: (readonly [T, string])[];
  onChange: (value: T | undefined) => void;
}

function Choice<T extends string>({ label, wide = false, all, value, options, onChange }: ChoiceProps<T>) {
  const id = useId();
  return (
    <div className={`${wide ? 'col-12' : 'col-6'} col-sm-4 col-lg`}>
      <label className="form-label" htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        className="form-select"
        value={value ?? ''}
        onChange={({ target }) => onChange(options.find(([key]) => key === target.value)?.[0])}
      >
        {all !== undefined && <option value="">{all}</option>}
        {options.map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
