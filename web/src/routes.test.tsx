import { describe, expect, it } from 'vitest';

import { patternOf } from './routes';

describe('the pattern of a path', () => {
  it.each([
    ['/', '/'],
    ['/events/0198c0de', '/events/:id'],
    ['/bookings', '/bookings'],
    ['/organizer/events/0198c0de', '/organizer/*'],
    ['/nothing/here', '/*'],
  ])('of %s is %s', (path, pattern) => {
    expect(patternOf(path)).toBe(pattern);
  });
});
