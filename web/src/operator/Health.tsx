import { useQuery } from '@tanstack/react-query';

import type { Schemas } from '../api/types';
import { Loading } from '../ui/Loading';
import { PageHeading } from '../ui/PageHeading';
import { ProblemMessage } from '../ui/ProblemMessage';
import { duration } from './duration';
import { byTrouble, healthQuery, states, summary, type Service } from './health';
import { Links } from './Links';

/** How the services are, with what each depends on; kept fresh. */
export function Health() {
  const health = useQuery(healthQuery);
  return (
    <>
      <PageHeading>Health</PageHeading>
      {health.isPending && <Loading what="Loading the health of the services" lines={8} />}
      {health.isError && <ProblemMessage failure={health.error} retry={() => void health.refetch()} />}
      {health.data !== undefined && (
        <Services health={health.data} at={new Date(health.dataUpdatedAt)} stale={health.isError} />
      )}
      <Links />
    </>
  );
}

function Services({ health, at, stale }: { health: Schemas['PlatformHealth']; at: Date; stale: boolean }) {
  return (
    <>
      <p role="status" className={health.status === 'ok' ? 'alert alert-success' : 'alert alert-danger'}>
        {summary(health.services)}
      </p>
      <p className="small text-body-secondary">
        {stale ? 'This is how they were at' : 'As of'} {at.toLocaleTimeString()}, asked every 5 seconds.
      </p>
      <div className="row row-cols-1 row-cols-md-2 row-cols-xl-3 g-3">
        {byTrouble(health.services).map((service) => (
          <div className="col" key={service.name}>
            <ServiceCard service={service} />
          </div>
        ))}
      </div>
    </>
  );
}

const looks = { ok: 'text-bg-success', failing: 'text-bg-warning', down: 'text-bg-danger' } as const;

function ServiceCard({ service: { name, status, version, latency_ms: latency, error, dependencies = [] } }: { service: Service }) {
  return (
    <article className="card h-100" aria-labelledby={`service-${name}`}>
      <div className="card-body">
        <div className="d-flex justify-content-between align-items-start gap-2">
          <h2 className="h5 card-title" id={`service-${name}`}>
            {name}
          </h2>
          <span className={`badge ${looks[status]}`}>{states[status]}</span>
        </div>
        <p className="small text-body-secondary text-break mb-2">
          {version !== undefined && `Version ${version}. `}
          {status === 'down' ? `Given up after ${milliseconds(latency)}.` : `Answered in ${milliseconds(latency)}.`}
        </p>
        {error !== undefined && <p className="text-danger-emphasis mb-2">{error}</p>}
        {dependencies.length > 0 && (
          <ul className="list-unstyled mb-0" aria-label={`What ${name} depends on`}>
            {dependencies.map((dependency) => (
              <DependencyItem key={dependency.name} dependency={dependency} />
            ))}
          </ul>
        )}
      </div>
    </article>
  );
}

function DependencyItem({ dependency: { name, status, latency_ms: latency, error, detail } }: { dependency: Schemas['Dependency'] }) {
  const works = status === 'ok';
  return (
    <li className="border-top py-1">
      <details open={!works}>
        <summary>
          <span className={works ? '' : 'fw-bold'}>{name}</span>{' '}
          <span className={works ? 'small text-body-secondary' : 'badge text-bg-danger'}>{works ? milliseconds(latency) : 'Failing'}</span>
        </summary>
        {error !== undefined && <p className="text-danger-emphasis mb-1 text-break">{error}</p>}
        {detail !== undefined && <Detail detail={detail} />}
      </details>
    </li>
  );
}

function Detail({ detail }: { detail: Record<string, unknown> }) {
  return (
    <dl className="facts small mb-1">
      {Object.entries(detail).map(([name, value]) => (
        <div key={name}>
          <dt>{name.replaceAll('_', ' ')}</dt>
          <dd>{typeof value === 'object' ? JSON.stringify(value) : String(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function milliseconds(ms: number): string {
  return duration(Math.round(ms * 1000));
}
