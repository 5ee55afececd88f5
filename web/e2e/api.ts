import { randomUUID } from 'node:crypto';

import { until } from './until.ts';

export interface Person {
  email: string;
  password: string;
  firstName: string;
}

export interface Event {
  id: string;
  name: string;
  location_id: string;
}

/** The people of the demo data who have a role: docs/demo.md. */
export const olga: Person = { email: 'olga@demo.example', password: 'demo-only-not-secret', firstName: 'Olga' };
export const oscar: Person = { email: 'oscar@demo.example', password: 'demo-only-not-secret', firstName: 'Oscar' };

const moreThanThereAre = 100; // seats: the most that one may ask for; no event of a test has so many
const day = 24 * 60 * 60 * 1000;

/** What a test does beside the page, by the public API: it prepares, and it looks whether what the page says is true. */
export class Api {
  constructor(readonly url: string) {}

  async signUp(firstName = 'Alice'): Promise<Person> {
    const person = { email: `${firstName.toLowerCase()}.${randomUUID()}@e2e.example`, password: 'correct horse battery', firstName };
    await this.call('POST', '/users', undefined, {
      email: person.email, password: person.password, first_name: firstName, last_name: 'Example',
    });
    return person;
  }

  async token({ email, password }: Person): Promise<string> {
    const session = await this.call<{ token: string }>('POST', '/sessions', undefined, { email, password });
    return session.token;
  }

  /** Ends the session of a token, and returns when every service knows. */
  async revoke(token: string): Promise<void> {
    await this.call('DELETE', '/sessions/current', token);
    for (const path of ['/users/me', '/bookings']) {
      await until('the token is refused', async () => (await this.ask('GET', path, token)).status === 401);
    }
  }

  /** Makes an event of Olga's that can be booked, and found. */
  async event(seats: number): Promise<Event> {
    const name = `Evening ${randomUUID().slice(0, 8)}`;
    const token = await this.token(olga);
    const location = await this.call<{ id: string }>('POST', '/locations', token, {
      name: 'Test Arena', address: '1 Loopback Lane', country: 'DE', halls: [{ name: 'Main', capacity: seats }],
    });
    const starts = Date.now() + 30 * day;
    const event = await this.call<Event>('POST', '/events', token, {
      name, location_id: location.id, hall: 'Main', capacity: seats, price: { amount: 1500, currency: 'EUR' },
      starts_at: new Date(starts).toISOString(), ends_at: new Date(starts + day / 12).toISOString(),
    });
    await this.bookable(event);
    await until('the event can be found', async () => {
      const found = await this.call<{ items: Event[] }>('GET', `/search?q=${encodeURIComponent(name)}`, undefined);
      return found.items.some(({ id }) => id === event.id);
    });
    return event;
  }

  /** Returns when the booking service, which hears of an event by a message, has heard of this one. */
  async bookable(event: Pick<Event, 'id'>): Promise<void> {
    const token = await this.token(olga);
    await until('the event can be booked', async () => {
      const refused = await this.ask('POST', `/events/${event.id}/bookings`, token, { seats: moreThanThereAre });
      const problem = (await refused.json()) as { code: string };
      return problem.code !== 'event-not-found';
    });
  }

  /** Returns the trace of the booking. */
  async book(person: Person, event: Pick<Event, 'id'>, seats: number): Promise<string> {
    const path = `/events/${event.id}/bookings`;
    const answer = await this.ask('POST', path, await this.token(person), { seats });
    if (!answer.ok) {
      throw new Error(`POST ${path} answered ${answer.status}: ${await answer.text()}`);
    }
    return answer.headers.get('Trace-Id') ?? '';
  }

  /** The bookings of somebody, as the booking service has them. */
  async bookings(person: Person): Promise<{ id: string; event_id: string; seats: number; status: string }[]> {
    const page = await this.call<{ items: { id: string; event_id: string; seats: number; status: string }[] }>(
      'GET', '/bookings', await this.token(person),
    );
    return page.items;
  }

  /** How many of their bookings the search service finds. */
  async bookingsFound(person: Person, text: string): Promise<number> {
    const path = `/search/bookings?q=${encodeURIComponent(text)}`;
    return (await this.call<{ items: unknown[] }>('GET', path, await this.token(person))).items.length;
  }

  async deadLetters(): Promise<{ id: string; type: string; service: string }[]> {
    const token = await this.token(oscar);
    return (await this.call<{ items: { id: string; type: string; service: string }[] }>('GET', '/operator/dead-letters', token)).items;
  }

  /** The services and spans of a trace, once it has come to all of these services. */
  async trace(id: string, ...services: string[]): Promise<{ services: string[]; spans: { name: string; service: string }[] }> {
    const token = await this.token(oscar);
    return until(`the trace ${id} has come to ${services.join(', ')}`, async () => {
      const answer = await this.ask('GET', `/operator/traces/${id}`, token);
      if (!answer.ok) {
        return false;
      }
      const trace = (await answer.json()) as { services: string[]; spans: { name: string; service: string }[] };
      return services.every((service) => trace.services.includes(service)) && trace;
    });
  }

  private async call<T>(method: string, path: string, token: string | undefined, body?: unknown): Promise<T> {
    const answer = await this.ask(method, path, token, body);
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    }
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  private ask(method: string, path: string, token: string | undefined, body?: unknown): Promise<Response> {
    return fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        'Content-Type': 'application/json',
        'Idempotency-Key': randomUUID(),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
  }
}
