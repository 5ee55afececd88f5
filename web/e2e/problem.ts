/** A problem as the platform answers it (RFC 9457), for Route.fulfill where the platform itself would not fail. */
export function problem(status: number, code: string, errors: { field: string; rule: string }[] = []) {
  return {
    status,
    contentType: 'application/problem+json',
    body: JSON.stringify({ type: `urn:myevents:problem:${code}`, title: code, status, code, errors }),
  };
}
