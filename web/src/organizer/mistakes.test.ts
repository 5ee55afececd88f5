import { expect, test } from 'vitest';

import { sortToFields } from './mistakes';

const fields = ['name', 'halls[0].name', 'halls[0].capacity', 'price.amount', 'price.currency'];

test('what the API says of a field goes to that field', () => {
  const { byField, others } = sortToFields(
    [
      { field: 'halls[0].capacity', rule: 'must be at least 1' },
      { field: 'name', rule: 'is required' },
    ],
    fields,
  );
  expect(byField).toEqual({ 'halls[0].capacity': 'must be at least 1', name: 'is required' });
  expect(others).toEqual([]);
});

test('the first rule that a field breaks is shown', () => {
  const { byField } = sortToFields(
    [
      { field: 'name', rule: 'is required' },
      { field: 'name', rule: 'must be a string' },
    ],
    fields,
  );
  expect(byField).toEqual({ name: 'is required' });
});

test('what is said of a field in parts goes to its first part', () => {
  expect(sortToFields([{ field: 'price', rule: 'is required' }], fields).byField).toEqual({ 'price.amount': 'is required' });
  expect(sortToFields([{ field: 'halls', rule: 'must have at least 1 items' }], fields).byField).toEqual({
    'halls[0].name': 'must have at least 1 items',
  });
});

test('what belongs to no field is not lost', () => {
  expect(sortToFields([{ field: 'halls[7].name', rule: 'is required' }], fields).others).toEqual(['halls[7].name is required']);
  expect(sortToFields([{ field: 'nam', rule: 'is not a known field' }], fields).others).toEqual(['nam is not a known field']);
});
