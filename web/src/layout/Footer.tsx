import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';

import { settingsQuery } from '../api/settings';
import { mayTrace, refusedByBrowser } from '../tracing/consent';
import { setTracing } from '../tracing/page';

/** The foot of every page, with the switch for timing data. */
export function Footer() {
  const { data: settings } = useQuery(settingsQuery);
  return (
    <footer className="border-top mt-5 py-3 small text-body-secondary">
      <div className="container d-flex flex-wrap gap-3 justify-content-between">
        <a className="link-body-emphasis" href="/docs">
          API
        </a>
        {settings?.spans && <TimingSwitch />}
      </div>
    </footer>
  );
}

function TimingSwitch() {
  const id = useId();
  const [sending, setSending] = useState(mayTrace);
  const refused = refusedByBrowser();
  return (
    <div className="form-check form-switch mb-0">
      <input
        className="form-check-input"
        type="checkbox"
        role="switch"
        id={id}
        checked={sending}
        disabled={refused}
        onChange={({ target }) => {
          setTracing(target.checked);
          setSending(target.checked);
        }}
      />
      <label className="form-check-label" htmlFor={id}>
        Send timing data
        {refused && ' (your browser asks not to)'}
      </label>
    </div>
  );
}
