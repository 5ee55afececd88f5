import type { components } from './schema';

/** The API's own types by the names of its document. */
export type Schemas = components['schemas'];

export type User = Schemas['User'];
export type Role = 'customer' | 'organizer' | 'operator';
export type Money = Schemas['Money'];
export type Event = Schemas['Event'];
export type EventHit = Schemas['EventHit'];
export type EventHits = Schemas['EventHits'];
export type Booking = Schemas['Booking'];
export type BookingHit = Schemas['BookingHit'];
export type Settings = Schemas['BrowserSettings'];
