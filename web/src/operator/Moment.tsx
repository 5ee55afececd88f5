import { locale } from '../ui/format';

/** A moment in the operator's own time zone, to the second or to the millisecond; log lines have it in UTC, which is its tooltip. */
export function Moment({ at, precise = false }: { at: string; precise?: boolean }) {
  return (
    <time dateTime={at} title={at}>
      {new Date(at).toLocaleString(locale(), {
        day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit',
        ...(precise ? { fractionalSecondDigits: 3 } : {}),
      })}
    </time>
  );
}
