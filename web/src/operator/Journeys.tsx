import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { Link, useSearchParams } from 'react-router';

import { tracer } from '../tracing/page';
import { Empty } from '../ui/Empty';
import { TextField } from '../ui/Field';
import { count } from '../ui/format';
import { Loading } from '../ui/Loading';
import { PageHeading } from '../ui/PageHeading';
import { ProblemMessage } from '../ui/ProblemMessage';
import { duration } from './duration';
import { Moment } from './Moment';
import { tracesQuery, type Search, type Summary } from './traces';

/** Finds what happened to a booking, or to a request, as traces. The search is in the address, so that it can be passed on. */
export function Journeys() {
  const [parameters, setParameters] = useSearchParams();
  const search: Search = { id: parameters.get('id') ?? '', onlyErrors: parameters.has('errors') };
  const traces = useQuery(tracesQuery(search));
  const find = ({ id, onlyErrors }: Search) => {
    tracer.action('find traces');
    if (id === search.id && onlyErrors === search.onlyErrors) {
      void traces.refetch();
    }
    setParameters({ ...(id === '' ? {} : { id }), ...(onlyErrors ? { errors: '' } : {}) });
  };
  return (
    <>
      <PageHeading>Journeys</PageHeading>
      <SearchForm key={search.id} search={search} find={find} />
      {traces.isPending && <Loading what="Loading traces" lines={5} />}
      {traces.isError && <ProblemMessage failure={traces.error} retry={() => void traces.refetch()} />}
      <div role="status">
        {traces.data?.length === 0 && <Nothing {...search} />}
        {traces.data !== undefined && traces.data.length > 0 && <p className="text-body-secondary">{found(traces.data, search)}</p>}
      </div>
      {traces.data !== undefined && traces.data.length > 0 && <Traces traces={traces.data} />}
    </>
  );
}

function SearchForm({ search, find }: { search: Search; find: (search: Search) => void }) {
  const [id, setId] = useState(search.id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    find({ ...search, id: id.trim() });
  };
  return (
    <form onSubmit={submit} role="search" className="mb-3">
      <div className="row g-2 align-items-start">
        <div className="col-sm">
          <TextField
            label="Booking or trace id"
            name="id"
            value={id}
            onChange={({ target }) => setId(target.value)}
            autoComplete="off"
            spellCheck={false}
            maxLength={200}
            hint={
              'Or the id of an event, a location or a user; a trace id stands in the header Trace-Id, in problems and in log lines. ' +
              'Empty: the latest changes.'
            }
          />
        </div>
        <div className="col-auto find">
          <button type="submit" className="btn btn-primary">
            Find
          </button>
        </div>
      </div>
      <div className="form-check">
        <input
          className="form-check-input"
          type="checkbox"
          id="only-errors"
          checked={search.onlyErrors}
          onChange={({ target }) => find({ id: id.trim(), onlyErrors: target.checked })}
        />
        <label className="form-check-label" htmlFor="only-errors">
          Only errors
        </label>
      </div>
    </form>
  );
}

function found(traces: readonly Summary[], { id, onlyErrors }: Search): string {
  const what = `${count(traces.length, 'trace')}${onlyErrors ? ' with an error' : ''}`;
  const which = onlyErrors ? 'of the last day' : 'of the last day in which something was changed';
  return id === '' ? `${what} ${which}, the latest first.` : `${what}, the latest first.`;
}

function Nothing({ id, onlyErrors }: Search) {
  if (id === '') {
    return <Empty title={onlyErrors ? 'Nothing has failed within a day' : 'Nothing was changed within a day'} />;
  }
  return (
    <Empty title={onlyErrors ? 'No trace with an error was found' : 'No trace was found'}>
      Spans arrive some seconds after what they tell of, so this is repeated by itself. Old traces make room for new ones.
      {onlyErrors && ' There may be traces without an error.'}
    </Empty>
  );
}

function Traces({ traces }: { traces: readonly Summary[] }) {
  return (
    <table className="table align-middle">
      <caption className="visually-hidden">Traces</caption>
      <thead>
        <tr>
          <th scope="col">Trace</th>
          <th scope="col" className="d-none d-md-table-cell">
            Services
          </th>
          <th scope="col" className="text-end">
            Took
          </th>
          <th scope="col" className="text-end d-none d-sm-table-cell">
            Spans
          </th>
        </tr>
      </thead>
      <tbody>
        {traces.map((trace) => (
          <TraceRow key={trace.trace_id} trace={trace} />
        ))}
      </tbody>
    </table>
  );
}

function TraceRow({ trace }: { trace: Summary }) {
  const { trace_id: id, name, started_at: started, services, error_count: errors } = trace;
  return (
    <tr>
      <td className="text-break">
        <Link to={`/operator/traces/${id}`}>{name || id}</Link>{' '}
        {errors > 0 && <span className="badge text-bg-danger">{count(errors, 'error')}</span>}
        <div className="small text-body-secondary">
          <Moment at={started} />
          <span className="d-md-none"> · {services.join(', ')}</span>
        </div>
      </td>
      <td className="d-none d-md-table-cell">{services.join(', ')}</td>
      <td className="text-end text-nowrap">{duration(trace.duration_us)}</td>
      <td className="text-end d-none d-sm-table-cell">{trace.span_count}</td>
    </tr>
  );
}
